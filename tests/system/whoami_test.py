#!/usr/bin/python3
"""Who asks for whoami.homing.invalid with a key that the server knows is told where it comes from; nobody else is told anything."""
import unittest

import dns.rcode
import dns.tsig

from dns_client import query, update_rcode, make_update
from homing_server import HomingServer, test_key

KEY = test_key()
NAME = "whoami.homing.invalid."


class WhoamiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = HomingServer(zones={"example.com": "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\na 60 A 192.0.2.1\n"}, keys=[(KEY, ["example.com"])],
                                  listen=("127.0.0.1:0", "[::1]:0"))
        cls.server.start()
        cls.addClassCleanup(cls.server.close)

    def answer(self, rrtype, **more):
        reply = query(self.server, NAME, rrtype, key=KEY, **more)
        self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
        self.assertTrue(reply.had_tsig)
        return [record.to_text() for rrset in reply.answer for record in rrset]

    def test_with_a_key(self):
        for tcp in (False, True):
            self.assertEqual(self.answer("A", tcp=tcp), ["127.0.0.1"])
            self.assertEqual(self.answer("TXT", tcp=tcp), ['"127.0.0.1"'])
            self.assertEqual(self.answer("AAAA", tcp=tcp), [])
            self.assertEqual(self.answer("A", tcp=tcp, use_edns=0), ["127.0.0.1"])

    def test_without_one(self):
        for tcp in (False, True):
            reply = query(self.server, NAME, "A", tcp=tcp)
            self.assertEqual((reply.rcode(), reply.answer), (dns.rcode.REFUSED, []))

    def test_with_another_one(self):
        for other in (test_key(name="unknown.key."), test_key(secret="YW5vdGhlciBzZWNyZXQ=")):
            try:
                reply = query(self.server, NAME, "A", key=other)
                self.fail(f"answered: {reply}")
            except (dns.tsig.PeerBadKey, dns.tsig.PeerBadSignature):
                pass

    def test_it_is_no_zone(self):
        self.assertEqual(update_rcode(self.server, make_update("homing.invalid.", KEY)), "NOTAUTH")


if __name__ == "__main__":
    unittest.main()
