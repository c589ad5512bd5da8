#!/usr/bin/python3
"""Knot's knsupdate, which signs and parses with another library than nsupdate."""
import unittest

from dns_client import KeyFile, dig, knsupdate
from homing_server import ZONE, Key, make_server, test_key
from tsig_wire import HASHES

KEYS = {name: Key(f"{name}.key.", name, "YSBzZWNyZXQgb2YgcmVhc29uYWJsZSBsZW5ndGg=") for name in HASHES}
KEY = test_key()


class KnsupdateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = make_server({"example.com.": ZONE}, [(KEY, ["*"]), *((key, ["*"]) for key in KEYS.values())])
        cls.hosts = iter(range(1000))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.host = f"h{next(self.hosts)}.example.com."

    def update(self, script, *arguments, key=KEY):
        return knsupdate(self.server, "zone example.com.\n" + script, "-y", key.line, *arguments)

    def assert_works(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def assert_fails(self, done, rcode):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(rcode, done.stdout + done.stderr)

    def short(self, name, rrtype):
        return sorted(dig(self.server, "+short", name, rrtype, tool="kdig"))

    def test_an_address_changes_by_udp(self):
        for address in ("192.0.2.101", "192.0.2.102"):
            self.assert_works(self.update(f"del {self.host} A\nadd {self.host} 60 A {address}"))
            self.assertEqual(self.short(self.host, "A"), [address])

    def test_an_address_changes_by_tcp(self):
        for address in ("2001:db8::1", "2001:db8::2"):
            self.assert_works(self.update(f"del {self.host} AAAA\nadd {self.host} 60 AAAA {address}", "-v"))
            self.assertEqual(self.short(self.host, "AAAA"), [address])

    def test_prerequisites(self):
        add = f"add {self.host} 60 A 192.0.2.1"
        self.assert_fails(self.update(f"prereq yxdomain {self.host}\n{add}"), "NXDOMAIN")
        self.assert_fails(self.update(f"prereq yxrrset {self.host} A\n{add}"), "NXRRSET")
        self.assert_works(self.update(f"prereq nxdomain {self.host}\n{add}"))
        self.assert_fails(self.update(f"prereq nxdomain {self.host}\n{add}"), "YXDOMAIN")
        self.assert_fails(self.update(f"prereq nxrrset {self.host} A\n{add}"), "YXRRSET")
        self.assert_works(self.update(f"prereq yxrrset {self.host} A 192.0.2.1\ndel {self.host}"))
        self.assertEqual(self.short(self.host, "A"), [])

    def test_all_the_ways_to_delete(self):
        self.assert_works(self.update(f"add {self.host} 60 A 192.0.2.1\nadd {self.host} 60 A 192.0.2.2\nadd {self.host} 60 TXT x"))
        self.assert_works(self.update(f"del {self.host} A 192.0.2.1"))
        self.assertEqual(self.short(self.host, "A"), ["192.0.2.2"])
        self.assert_works(self.update(f"del {self.host} A"))
        self.assertEqual(self.short(self.host, "TXT"), ['"x"'])
        self.assert_works(self.update(f"del {self.host}"))
        self.assertEqual(self.short(self.host, "TXT"), [])

    def test_all_algorithms(self):
        for algorithm, key in KEYS.items():
            with self.subTest(algorithm=algorithm):
                self.assert_works(self.update(f"add {algorithm}.{self.host} 60 TXT {algorithm}", key=key))
                self.assertEqual(self.short(f"{algorithm}.{self.host}", "TXT"), [f'"{algorithm}"'])

    def test_unsigned_is_refused(self):
        self.assert_fails(knsupdate(self.server, f"zone example.com.\nadd {self.host} 60 A 192.0.2.1"), "REFUSED")

    def test_a_stranger(self):
        self.assert_fails(self.update(f"add {self.host} 60 A 192.0.2.1", key=Key("stranger.", KEY.algorithm, KEY.secret)), "BADKEY")
        self.assert_fails(self.update(f"add {self.host} 60 A 192.0.2.1", key=Key(KEY.name, KEY.algorithm, "d3Jvbmc=")), "BADSIG")

    def test_a_key_file(self):
        with KeyFile(KEY.line + "\n") as path:
            self.assert_works(knsupdate(self.server, f"zone example.com.\nadd {self.host} 60 A 192.0.2.1", "-k", path))
        self.assertEqual(self.short(self.host, "A"), ["192.0.2.1"])


if __name__ == "__main__":
    unittest.main()
