#!/usr/bin/python3
"""nsupdate changes an address and dig sees it: the client that everybody has, as people use it."""
import re
import unittest

from dns_client import KeyFile, dig, nsupdate
from homing_server import ZONE, HomingServer, Key, make_server, test_key
from tsig_wire import HASHES

ZONE_NAME = "example.com."
REVERSE_ZONE = """\
$TTL 3600
@   SOA ns1.example.com. hostmaster.example.com. 1 7200 3600 1209600 300
    NS  ns1.example.com.
"""
KEY = test_key()
KEYS = {name: Key(f"{name}.key.", name, "YSBzZWNyZXQgb2YgcmVhc29uYWJsZSBsZW5ndGg=") for name in HASHES}


class NsupdateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = make_server({ZONE_NAME: ZONE, "2.0.192.in-addr.arpa.": REVERSE_ZONE},
                                 [(KEY, ["*"]), *((key, ["*"]) for key in KEYS.values())])
        cls.hosts = iter(range(1000))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.host = f"h{next(self.hosts)}.example.com"

    def update(self, script, *arguments, key=KEY):
        return nsupdate(self.server, script, "-y", key.line, *arguments)

    def assert_works(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def assert_fails(self, done, rcode):
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn(rcode, done.stderr)

    def short(self, name, rrtype, *arguments):
        return sorted(dig(self.server, "+short", name, rrtype, *arguments))

    # --- an address changes -----------------------------------------------------------------------------------------

    def test_an_address_changes_by_udp_and_dig_sees_it(self):
        for address in ("192.0.2.101", "192.0.2.102"):
            self.assert_works(self.update(f"update delete {self.host} A\nupdate add {self.host} 60 A {address}"))
            self.assertEqual(self.short(self.host, "A"), [address])
            self.assertEqual(self.short(self.host, "A", "+tcp"), [address])

    def test_an_address_changes_by_tcp_and_dig_sees_it(self):
        for address in ("2001:db8::1", "2001:db8::2"):
            self.assert_works(self.update(f"update delete {self.host} AAAA\nupdate add {self.host} 60 AAAA {address}", "-v"))
            self.assertEqual(self.short(self.host, "AAAA"), [address])
            self.assertEqual(self.short(self.host, "AAAA", "+tcp"), [address])

    def test_with_the_zone_named(self):
        self.assert_works(self.update(f"zone example.com\nupdate add {self.host} 60 A 192.0.2.1"))
        self.assertEqual(self.short(self.host, "A"), ["192.0.2.1"])

    def test_without_the_zone_it_is_found_from_a_deep_name(self):
        """nsupdate asks for the SOA of the name and takes the zone from the negative answer's authority section."""
        self.assert_works(self.update(f"update add a.b.c.{self.host} 60 A 192.0.2.1"))
        self.assertEqual(self.short(f"a.b.c.{self.host}", "A"), ["192.0.2.1"])

    def test_a_reverse_zone(self):
        self.assert_works(self.update("update add 77.2.0.192.in-addr.arpa 60 PTR host.example.com."))
        self.assertEqual(self.short("-x", "192.0.2.77"), ["host.example.com."])

    def test_several_names_in_one_update(self):
        lines = "\n".join(f"update add {i}.{self.host} 60 TXT \"number {i}\"" for i in range(50))
        self.assert_works(self.update(lines))
        self.assertEqual(self.short(f"49.{self.host}", "TXT"), ['"number 49"'])

    def test_several_updates_in_one_run(self):
        self.assert_works(self.update(f"update add {self.host} 60 A 192.0.2.1\nsend\nupdate add {self.host} 60 A 192.0.2.2\nsend"))
        self.assertEqual(self.short(self.host, "A"), ["192.0.2.1", "192.0.2.2"])

    def test_all_the_ways_to_delete(self):
        self.assert_works(self.update(f"update add {self.host} 60 A 192.0.2.1\nupdate add {self.host} 60 A 192.0.2.2\n"
                                      f"update add {self.host} 60 TXT x\nupdate add {self.host} 60 MX 10 mail.example.com."))
        self.assert_works(self.update(f"update delete {self.host} A 192.0.2.1"))
        self.assertEqual(self.short(self.host, "A"), ["192.0.2.2"])
        self.assert_works(self.update(f"update delete {self.host} A"))
        self.assertEqual(self.short(self.host, "A"), [])
        self.assertEqual(self.short(self.host, "TXT"), ['"x"'])
        self.assert_works(self.update(f"update delete {self.host}"))
        self.assertEqual(self.short(self.host, "TXT"), [])

    def test_deleting_what_is_not_there(self):
        self.assert_works(self.update(f"update delete {self.host} A"))

    def test_many_types(self):
        for rrtype, rdata in (("CAA", '0 issue "ca.example.net"'), ("SRV", "0 5 5060 sip.example.com."), ("TLSA", "3 0 0 ABCD"),
                              ("NAPTR", '1 1 "s" "x" "" y.example.com.'), ("TYPE65280", r"\# 2 ABCD"),
                              ("PTR", "a.example.com."), ("DNAME", "b.example.com."), ("SVCB", "1 c.example.com. port=53")):
            self.assert_works(self.update(f"update add {rrtype}.{self.host} 60 {rrtype} {rdata}"))
            answer = self.short(f"{rrtype}.{self.host}", rrtype)
            self.assertEqual([line.lower().replace('"53"', "53") for line in answer], [rdata.lower()])

    # --- prerequisites ----------------------------------------------------------------------------------------------

    def test_prerequisites(self):
        add = f"update add {self.host} 60 A 192.0.2.1"
        self.assert_fails(self.update(f"prereq yxdomain {self.host}\n{add}"), "NXDOMAIN")
        self.assert_fails(self.update(f"prereq yxrrset {self.host} A\n{add}"), "NXRRSET")
        self.assert_fails(self.update(f"prereq yxrrset {self.host} A 192.0.2.1\n{add}"), "NXRRSET")
        self.assertEqual(self.short(self.host, "A"), [])
        self.assert_works(self.update(f"prereq nxdomain {self.host}\n{add}"))
        self.assert_fails(self.update(f"prereq nxdomain {self.host}\n{add}"), "YXDOMAIN")
        self.assert_fails(self.update(f"prereq nxrrset {self.host} A\n{add}"), "YXRRSET")
        self.assert_fails(self.update(f"prereq yxrrset {self.host} A 192.0.2.2\n{add}"), "NXRRSET")
        self.assert_works(self.update(f"prereq yxrrset {self.host} A 192.0.2.1\nupdate delete {self.host}"))
        self.assertEqual(self.short(self.host, "A"), [])

    # --- errors -----------------------------------------------------------------------------------------------------

    def test_unsigned_is_refused(self):
        self.assert_fails(nsupdate(self.server, f"update add {self.host} 60 A 192.0.2.1"), "REFUSED")
        self.assertEqual(self.short(self.host, "A"), [])

    def test_a_zone_that_is_not_here(self):
        self.assert_fails(self.update("zone example.org\nupdate add a.example.org 60 A 192.0.2.1"), "NOTAUTH")

    def test_a_name_out_of_the_zone(self):
        self.assert_fails(self.update("zone example.com\nupdate add a.example.org 60 A 192.0.2.1"), "NOTZONE")

    def test_tsig_errors(self):
        for key, error in ((Key("stranger.", KEY.algorithm, KEY.secret), "BADKEY"), (Key(KEY.name, KEY.algorithm, "d3Jvbmc="), "BADSIG"),
                           (Key(KEY.name, "hmac-sha512", KEY.secret), "BADKEY")):
            done = self.update(f"zone example.com\nupdate add {self.host} 60 A 192.0.2.1", key=key)
            self.assertEqual(done.returncode, 2)
            self.assertIn(error, (done.stdout + done.stderr).upper().replace("TSIG ERROR WITH SERVER: ", ""))
        self.assertEqual(self.short(self.host, "A"), [])

    # --- keys -------------------------------------------------------------------------------------------------------

    def test_all_algorithms(self):
        for algorithm, key in KEYS.items():
            with self.subTest(algorithm=algorithm):
                self.assert_works(self.update(f"update add {algorithm}.{self.host} 60 TXT {algorithm}", key=key))
                self.assertEqual(self.short(f"{algorithm}.{self.host}", "TXT"), [f'"{algorithm}"'])

    def test_a_key_file(self):
        with KeyFile(KEY.file_text) as path:
            self.assert_works(nsupdate(self.server, f"update add {self.host} 60 A 192.0.2.1", "-k", path))
        self.assertEqual(self.short(self.host, "A"), ["192.0.2.1"])

    def test_dig_with_a_key(self):
        done = dig(self.server, "-y", KEY.line, "www.example.com", "A")
        text = "\n".join(done)
        self.assertIn("192.0.2.80", text)
        self.assertNotIn("could not be validated", text)
        self.assertIn("TSIG PSEUDOSECTION", text)

    def test_kdig_sees_it_too(self):
        self.assert_works(self.update(f"update add {self.host} 60 A 192.0.2.1"))
        self.assertEqual(dig(self.server, "+short", self.host, "A", tool="kdig"), ["192.0.2.1"])
        self.assertEqual(dig(self.server, "+short", "+tcp", self.host, "A", tool="kdig"), ["192.0.2.1"])
        text = "\n".join(dig(self.server, "-y", KEY.line, self.host, "A", tool="kdig"))
        self.assertIn("192.0.2.1", text)
        self.assertNotIn("WARNING", text)


class MadeKeysTest(unittest.TestCase):
    """What `key add` prints works as it is, in a file for -k and after -y."""

    def test_keys_as_they_are_printed(self):
        with HomingServer(zones={ZONE_NAME: ZONE}) as server:
            printed = {"made.offline": server.cli("key", "add", "made.offline", "--grant", "*")}
            server.start()
            printed["made.running"] = server.cli("key", "add", "made.running", "--grant", "example.com")
            for algorithm in HASHES:
                printed[algorithm] = server.cli("key", "add", algorithm, "--algorithm", algorithm, "--grant", "example.com")
            for number, (name, text) in enumerate(printed.items()):
                with self.subTest(key=name):
                    self.check_printed(server, name, text, number)

    def check_printed(self, server, name, text, number):
        block = re.search(r'key\s+"?[\w.-]+"?\s*\{[^}]*\};', text)
        self.assertIsNotNone(block, f"no key clause in:\n{text}")
        line = re.search(r"(hmac-\w+:[\w.-]+:[A-Za-z0-9+/=]+)", text)
        self.assertIsNotNone(line, f"no line for -y in:\n{text}")
        secret = line[1].split(":")[2]
        self.assertIn(secret, block[0])
        self.assertEqual(line[1].split(":")[1].rstrip("."), name)
        with KeyFile(block[0] + "\n") as path:
            done = nsupdate(server, f"update add k{number}.example.com 60 A 192.0.2.1", "-k", path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        with KeyFile(text) as path:
            done = nsupdate(server, f"update add f{number}.example.com 60 A 192.0.2.1", "-k", path)
            self.assertEqual((done.returncode, done.stderr), (0, ""), "the whole output is no key file")
        done = nsupdate(server, f"update add y{number}.example.com 60 A 192.0.2.1", "-y", line[1])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for prefix in "kfy":
            self.assertEqual(dig(server, "+short", f"{prefix}{number}.example.com", "A"), ["192.0.2.1"])


if __name__ == "__main__":
    unittest.main()
