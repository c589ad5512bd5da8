#!/usr/bin/python3
"""TSIG (RFC 8945): who signed, with which key and algorithm, when; and what an error's answer looks like.

HOMING_TEST_SERVER=bind runs the same tests against BIND.
"""
import os
import struct
import time
import unittest

import dns.message
import dns.rcode

from dns_client import Tcp, Udp, exchange, make_update, query, records, send_update, serial_of
from homing_server import ZONE, Key, make_server, test_key
from tsig_wire import BADKEY, BADSIG, BADTIME, BADTRUNC, HASHES, Tsig, add_record, is_signed_for, make_tsig, sign, split_reply
from update_wire import ALL_TYPES, ANY, IN, message, rr

IS_BIND = os.environ.get("HOMING_TEST_SERVER") == "bind"
ALGORITHMS = [name for name in HASHES if name != "hmac-md5"] + ["hmac-md5"]
SECRETS = {name: "c2VjcmV0LW9mLXRoZS1rZXkt" + str(i) * 4 for i, name in enumerate(ALGORITHMS)}
KEYS = {name: Key(f"{name}.key.", name, SECRETS[name]) for name in ALGORITHMS}
KEY = KEYS["hmac-sha256"]
ZONE_NAME = "example.com."
FORMERR, NOTAUTH = 1, 9


class TsigTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = make_server({ZONE_NAME: ZONE}, [(key, ["*"]) for key in KEYS.values()])
        cls.hosts = iter(range(1000))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.host = f"host{next(self.hosts)}"
        self.serial = serial_of(self.server, ZONE_NAME)

    def update(self, **odd):
        """An unsigned update that adds this test's host."""
        return message(ZONE_NAME, (), [rr(self.host, ZONE_NAME, "A", IN, 60, "192.0.2.7")], **odd)

    def is_there(self):
        return records(self.server, f"{self.host}.{ZONE_NAME}", "A") == ["192.0.2.7"]

    def assert_nothing_changed(self):
        self.assertFalse(self.is_there())
        self.assertEqual(serial_of(self.server, ZONE_NAME), self.serial)

    def assert_tsig_error(self, wire, error, sent, tcp=False):
        """NOTAUTH with this TSIG error. Returns the answer's TSIG."""
        reply = exchange(self.server, wire, tcp)
        self.assertEqual(reply[:2], wire[:2])
        self.assertEqual(reply[3] & 15, NOTAUTH, dns.rcode.to_text(reply[3] & 15))
        _, tsig = split_reply(reply)
        self.assertIsNotNone(tsig, "an error without a TSIG record")
        self.assertEqual(tsig.error, error)
        self.assertEqual(tsig.name.lower(), sent.name.lower())
        self.assertEqual(tsig.original_id, sent.original_id)
        return tsig, reply

    # --- what works -------------------------------------------------------------------------------------------------

    def test_all_algorithms(self):
        for algorithm, key in KEYS.items():
            for tcp in (False, True):
                with self.subTest(algorithm=algorithm, tcp=tcp):
                    update = make_update(ZONE_NAME, key)
                    update.replace(f"{algorithm}-{tcp}", 60, "TXT", algorithm)
                    self.assertEqual(send_update(self.server, update, tcp).rcode(), 0)
                    self.assertEqual(records(self.server, f"{algorithm}-{tcp}.{ZONE_NAME}", "TXT"), [f'"{algorithm}"'])

    def test_the_answer_is_signed_at_the_servers_time(self):
        wire, sent = sign(self.update(), KEY)
        reply = exchange(self.server, wire)
        self.assertTrue(is_signed_for(reply, KEY, sent.mac))
        _, tsig = split_reply(reply)
        self.assertEqual((tsig.error, tsig.rrclass, tsig.ttl, tsig.other), (0, 255, 0, b""))
        self.assertLess(abs(tsig.time - time.time()), 60)
        self.assertTrue(self.is_there())

    def test_the_keys_name_has_no_case(self):
        wire, sent = sign(self.update(), Key(KEY.name.upper(), KEY.algorithm, KEY.secret))
        reply = exchange(self.server, wire)
        self.assertEqual(reply[3] & 15, 0)
        self.assertTrue(is_signed_for(reply, KEY, sent.mac))

    def test_the_algorithms_name_has_no_case(self):
        wire, sent = sign(self.update(), KEY, algorithm="HMAC-SHA256.")
        reply = exchange(self.server, wire)
        self.assertEqual(reply[3] & 15, 0)

    def test_a_message_that_a_forwarder_gave_another_id(self):
        """The MAC covers the original ID; the answer has the message's (5.2, 5.3)."""
        wire, sent = sign(self.update(ident=0x1111), KEY)
        forwarded = b"\x22\x22" + wire[2:]
        reply = exchange(self.server, forwarded)
        self.assertEqual(reply[:2], b"\x22\x22")
        self.assertEqual(reply[3] & 15, 0)
        self.assertTrue(self.is_there())
        _, tsig = split_reply(reply)
        self.assertIn(tsig.original_id, (0x1111, 0x2222))

    def test_a_clock_within_the_fudge_is_right(self):
        for shift in (-200, 200):
            wire, sent = sign(self.update(), KEY, when=int(time.time()) + shift)
            self.assertEqual(exchange(self.server, wire)[3] & 15, 0)

    def test_signed_queries(self):
        for key in KEYS.values():
            for tcp in (False, True):
                reply = query(self.server, f"www.{ZONE_NAME}", "A", tcp, key)   # dnspython checks the signature
                self.assertTrue(reply.had_tsig)
                self.assertEqual([r.to_text() for r in reply.answer[0]], ["192.0.2.80"])

    def test_a_signed_query_with_edns(self):
        reply = query(self.server, f"www.{ZONE_NAME}", "A", key=KEY, use_edns=0, payload=1232)
        self.assertTrue(reply.had_tsig)
        self.assertEqual(reply.edns, 0)

    def test_a_signed_query_for_nothing(self):
        reply = query(self.server, f"nothing.{ZONE_NAME}", "A", key=KEY)
        self.assertTrue(reply.had_tsig)
        self.assertEqual(reply.rcode(), dns.rcode.NXDOMAIN)

    def test_signed_queries_pipelined_on_one_connection(self):
        asked = []
        for i in range(20):
            question = dns.message.make_query(f"www.{ZONE_NAME}", "A", flags=0)
            question.id = 1000 + i
            asked.append(sign(question.to_wire(), KEY))
        with Tcp(self.server) as connection:
            connection.send(*[wire for wire, _ in asked])
            for _ in asked:
                reply = connection.receive()
                number = struct.unpack(">H", reply[:2])[0] - 1000
                self.assertTrue(is_signed_for(reply, KEY, asked[number][1].mac))

    # --- wrong keys and signatures ----------------------------------------------------------------------------------

    def test_an_unknown_key_is_badkey(self):
        for tcp in (False, True):
            wire, sent = sign(self.update(), Key("stranger.key.", "hmac-sha256", KEY.secret))
            tsig, _ = self.assert_tsig_error(wire, BADKEY, sent, tcp)
            self.assertEqual(tsig.mac, b"", "an answer to a stranger can not be signed")
        self.assert_nothing_changed()

    def test_another_algorithm_than_the_keys_is_badkey(self):
        """An attacker who could choose the algorithm would choose the weakest."""
        for algorithm in ("hmac-sha512", "hmac-sha1", "hmac-md5"):
            wire, sent = sign(self.update(), Key(KEY.name, algorithm, KEY.secret))
            tsig, _ = self.assert_tsig_error(wire, BADKEY, sent)
            self.assertEqual(tsig.mac, b"")
        self.assert_nothing_changed()

    def test_an_unknown_algorithm_is_badkey(self):
        for algorithm in ("hmac-sha999.", "gss-tsig.", "."):
            wire, sent = sign(self.update(), KEY, algorithm=algorithm)
            self.assert_tsig_error(wire, BADKEY, sent)
        self.assert_nothing_changed()

    def test_a_wrong_secret_is_badsig(self):
        for tcp in (False, True):
            wire, sent = sign(self.update(), Key(KEY.name, KEY.algorithm, "d3Jvbmc="))
            tsig, _ = self.assert_tsig_error(wire, BADSIG, sent, tcp)
            self.assertEqual(tsig.mac, b"", "nothing shows that the sender knows the key (5.3.2)")
        self.assert_nothing_changed()

    def test_every_flipped_bit_of_the_mac_is_badsig(self):
        wire, sent = sign(self.update(), KEY)
        at = wire.rindex(sent.mac)
        with Udp(self.server) as socket:
            for position in (0, 1, 7, 8, 100, 254, 255):
                flipped = bytearray(wire)
                flipped[at + position // 8] ^= 1 << position % 8
                reply = socket.exchange(bytes(flipped))
                self.assertEqual((reply[3] & 15, split_reply(reply)[1].error), (NOTAUTH, BADSIG))
        self.assert_nothing_changed()

    def test_a_changed_message_is_badsig(self):
        wire, sent = sign(self.update(), KEY)
        at = wire.index(bytes([192, 0, 2, 7]))
        self.assert_tsig_error(wire[:at] + bytes([192, 0, 2, 8]) + wire[at + 4:], BADSIG, sent)
        self.assert_nothing_changed()

    def test_bad_signatures_on_queries(self):
        question = dns.message.make_query(f"www.{ZONE_NAME}", "A", flags=0).to_wire()
        wire, sent = sign(question, Key("stranger.key.", "hmac-sha256", KEY.secret))
        _, reply = self.assert_tsig_error(wire, BADKEY, sent)
        self.assertEqual(struct.unpack(">H", reply[6:8])[0], 0, "an answer to a query that is not authentic")
        wire, sent = sign(question, Key(KEY.name, KEY.algorithm, "d3Jvbmc="))
        self.assert_tsig_error(wire, BADSIG, sent)

    # --- the clock --------------------------------------------------------------------------------------------------

    def test_a_wrong_clock_is_badtime_with_the_servers_time(self):
        """5.2.3: signed, the client's time in Time Signed, the server's in Other Data."""
        for shift in (-301, 301, -86400, 86400 * 365):
            for tcp in (False, True):
                when = int(time.time()) + (shift - 60 if shift < 0 else shift + 60)
                wire, sent = sign(self.update(), KEY, when=when)
                tsig, reply = self.assert_tsig_error(wire, BADTIME, sent, tcp)
                self.assertTrue(is_signed_for(reply, KEY, sent.mac), "a BADTIME answer is signed")
                self.assertEqual(tsig.time, when)
                self.assertEqual(len(tsig.other), 6)
                self.assertLess(abs(int.from_bytes(tsig.other, "big") - time.time()), 60)
        self.assert_nothing_changed()

    def test_a_small_fudge_counts(self):
        wire, sent = sign(self.update(), KEY, when=int(time.time()) - 100, fudge=10)
        self.assert_tsig_error(wire, BADTIME, sent)
        self.assert_nothing_changed()

    def test_a_time_of_48_bits(self):
        wire, sent = sign(self.update(), KEY, when=(1 << 48) - 1)
        self.assert_tsig_error(wire, BADTIME, sent)
        wire, sent = sign(self.update(), KEY, when=0)
        self.assert_tsig_error(wire, BADTIME, sent)

    def test_a_wrong_signature_is_told_before_a_wrong_clock(self):
        wire, sent = sign(self.update(), Key(KEY.name, KEY.algorithm, "d3Jvbmc="), when=1)
        self.assert_tsig_error(wire, BADSIG, sent)

    # --- truncated MACs (5.2.2.1) -----------------------------------------------------------------------------------

    def truncated(self, length):
        wire = self.update()
        tsig = make_tsig(wire, KEY)
        tsig.mac = (tsig.mac + bytes(100))[:length]
        return add_record(wire, tsig.to_wire()), tsig

    def test_a_mac_that_is_too_short_is_formerr(self):
        """Less than 10 octets, or than half of the hash."""
        for length in (0, 1, 9, 10, 15):
            reply = exchange(self.server, self.truncated(length)[0])
            self.assertIn(reply[3] & 15, (FORMERR, NOTAUTH) if length == 0 else (FORMERR,), f"{length} octets")
        self.assert_nothing_changed()

    def test_a_mac_that_is_too_long_is_formerr(self):
        for length in (33, 64):
            self.assertEqual(exchange(self.server, self.truncated(length)[0])[3] & 15, FORMERR, f"{length} octets")
        self.assert_nothing_changed()

    def test_a_mac_cut_to_half_is_taken_or_badtrunc(self):
        for length in (16, 20, 31):
            wire, sent = self.truncated(length)
            reply = exchange(self.server, wire)
            if reply[3] & 15:
                self.assertEqual((reply[3] & 15, split_reply(reply)[1].error), (NOTAUTH, BADTRUNC))
            else:
                self.assertTrue(is_signed_for(reply, KEY, sent.mac))

    # --- records that are out of place ------------------------------------------------------------------------------

    def assert_formerr(self, wire):
        for tcp in (False, True):
            self.assertEqual(dns.rcode.to_text(exchange(self.server, wire, tcp)[3] & 15), "FORMERR")
        self.assert_nothing_changed()

    def test_two_tsigs_are_formerr(self):
        wire, _ = sign(self.update(), KEY)
        self.assert_formerr(sign(wire, KEY)[0])
        self.assert_formerr(sign(wire, KEYS["hmac-sha512"])[0])

    def test_a_tsig_that_is_not_last_is_formerr(self):
        wire, _ = sign(self.update(), KEY)
        self.assert_formerr(add_record(wire, rr("extra", ZONE_NAME, "A", IN, 0, "192.0.2.1")))
        self.assert_formerr(add_record(wire, b"\x00" + struct.pack(">HHIH", 41, 1232, 0, 0)))

    def test_a_tsig_in_another_section_is_formerr(self):
        wire = self.update()
        tsig = make_tsig(wire, KEY).to_wire()
        self.assert_formerr(add_record(wire, tsig, section=2))
        question = dns.message.make_query(f"www.{ZONE_NAME}", "A", flags=0).to_wire()
        self.assert_formerr(add_record(question, make_tsig(question, KEY).to_wire(), section=1))
        self.assert_formerr(add_record(question, make_tsig(question, KEY).to_wire(), section=2))

    def test_a_tsig_of_another_class_or_with_a_ttl_is_formerr(self):
        wire = self.update()
        for change in ({"rrclass": IN}, {"ttl": 1}):
            tsig = make_tsig(wire, KEY)
            for field, value in change.items():
                setattr(tsig, field, value)
            reply = exchange(self.server, add_record(wire, tsig.to_wire()))
            self.assertIn(reply[3] & 15, (FORMERR,) if "rrclass" in change else (FORMERR, NOTAUTH, 0))

    def test_a_tsig_that_breaks_off_is_formerr(self):
        wire = self.update()
        record = make_tsig(wire, KEY).to_wire()
        header = len(record) - struct.unpack(">H", record[len(KEY.name) + 1 + 8:][:2])[0]
        for kept in range(0, len(record) - header, 5):
            cut = record[:header - 2] + struct.pack(">H", kept) + record[header:header + kept]
            self.assertEqual(exchange(self.server, add_record(wire, cut))[3] & 15, FORMERR, f"{kept} octets of RDATA")
        self.assert_nothing_changed()

    def test_a_tsig_whose_fields_say_more_than_there_is(self):
        wire = self.update()
        good = make_tsig(wire, KEY)
        for field, value in (("mac", b""), ("other", b"")):
            tsig = Tsig(**{**good.__dict__, field: value})
            record = bytearray(tsig.to_wire())
            at = -8 if field == "mac" else -2
            record[at:len(record) + at + 2] = b"\xff\xff"
            self.assertEqual(exchange(self.server, add_record(wire, bytes(record)))[3] & 15, FORMERR)
        self.assert_nothing_changed()

    # --- at most once -----------------------------------------------------------------------------------------------

    @unittest.skipIf(IS_BIND, "BIND executes a replayed update")
    def test_a_replayed_update_is_not_executed_again(self):
        """The same message again, be it a retransmission or an attacker's, gets the first one's answer, and nothing more."""
        for tcp in (False, True):
            wire, sent = sign(self.update(), KEY)
            self.assertEqual(exchange(self.server, wire)[3] & 15, 0)
            self.assertTrue(self.is_there())
            away, _ = sign(message(ZONE_NAME, (), [rr(self.host, ZONE_NAME, ALL_TYPES, ANY, 0)]), KEY)
            self.assertEqual(exchange(self.server, away)[3] & 15, 0)
            again = exchange(self.server, wire, tcp)
            self.assertEqual(again[3] & 15, 0)
            self.assertTrue(is_signed_for(again, KEY, sent.mac))
            self.assertFalse(self.is_there())

    @unittest.skipIf(IS_BIND, "BIND executes a replayed update")
    def test_a_replayed_failure_fails_again(self):
        wire, _ = sign(message(ZONE_NAME, [rr(self.host, ZONE_NAME, ALL_TYPES, ANY, 0)], [rr(self.host, ZONE_NAME, "TXT", IN, 1, '"x"')]), KEY)
        self.assertEqual(dns.rcode.to_text(exchange(self.server, wire)[3] & 15), "NXDOMAIN")
        self.assertEqual(exchange(self.server, sign(self.update(), KEY)[0])[3] & 15, 0)
        self.assertEqual(dns.rcode.to_text(exchange(self.server, wire)[3] & 15), "NXDOMAIN")


if __name__ == "__main__":
    unittest.main()
