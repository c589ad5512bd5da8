#!/usr/bin/python3
"""Zone transfers (RFC 5936): for keys that may update the zone, every message signed, one version from end to end."""
import json
import os
import socket
import threading
import time
import unittest

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone

from dns_client import Tcp, algorithm_name, dig, exchange, keyring_of, make_update, query, records, send_update, serial_of
from homing_server import PATIENCE, ZONE, Key, make_server, test_key
from tsig_wire import digest, sign, split_reply

ZONE_NAME, BIG_NAME = "example.com.", "big.example."
HOSTS = 20_000
BIG_ZONE = ZONE + "".join(f"h{i} 60 A 10.{i >> 16}.{i >> 8 & 255}.{i & 255}\n" for i in range(HOSTS)) \
    + "".join(f'huge 60 TXT "{i:04d}{"x" * 240}"\n' for i in range(240))
KEY = test_key()
NOBODY = test_key(name="nobody.key.")
OLD = Key("old.key.", "hmac-md5", KEY.secret)
LONG = Key("long.key.", "hmac-sha512", KEY.secret)
IS_BIND = os.environ.get("HOMING_TEST_SERVER") == "bind"


class AxfrTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        nobody = [(NOBODY, ["other.example."])]
        cls.server = make_server({ZONE_NAME: ZONE, BIG_NAME: BIG_ZONE},
                                 [(KEY, ["*"]), (OLD, ["*"]), (LONG, ["*"]), *nobody])

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def transfer(self, zone, key=KEY):
        """The whole zone as a dnspython zone; it checks each signature and that the SOAs frame the rest."""
        received = dns.zone.Zone(zone, relativize=False)
        question = dns.message.make_query(zone, "AXFR")
        question.use_tsig(keyring_of(key), dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
        dns.query.inbound_xfr(self.server.address, received, question, port=self.server.port, timeout=60)
        return received

    def test_a_zone(self):
        zone = self.transfer(ZONE_NAME)
        self.assertEqual(len(zone.nodes), 7)
        self.assertEqual(zone.get_rdataset(f"www.{ZONE_NAME}", "A")[0].to_text(), "192.0.2.80")
        self.assertEqual(zone.get_rdataset(f"text.{ZONE_NAME}", "TXT")[0].to_text(), '"one" "two"')

    def test_a_big_zone(self):
        zone = self.transfer(BIG_NAME)
        self.assertEqual(len(zone.nodes), 7 + HOSTS + 1)
        for i in (0, HOSTS // 2, HOSTS - 1):
            self.assertEqual(zone.get_rdataset(f"h{i}.{BIG_NAME}", "A")[0].to_text(), f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
        self.assertEqual(len(zone.get_rdataset(f"huge.{BIG_NAME}", "TXT")), 240)

    def test_other_algorithms(self):
        for key in (OLD, LONG):
            self.assertEqual(len(self.transfer(ZONE_NAME, key).nodes), 7)

    @unittest.skipIf(IS_BIND, "takes larger ones, and cannot transfer them with every key")
    def test_the_largest_records_with_the_longest_names(self):
        """What can be stored can be transferred, whoever signs."""
        apex, owner = f"{'z' * 60}.{'z' * 60}.", f"{'o' * 60}.{'o' * 60}"
        key = Key(f"{'k' * 62}.{'k' * 62}.{'k' * 62}.{'k' * 61}.", "hmac-sha512", KEY.secret)
        zone = f"$ORIGIN {apex}\n@ 60 SOA ns.x. h.x. 1 2 3 4 5\n@ 60 NS ns.x.\n{owner} 60 TYPE65280 \\# "
        smallest_refused = 64818
        for size in (smallest_refused - 1, smallest_refused):
            with self.subTest(size=size):
                text = f"{zone}{size} {'ab' * size}\n"
                if size == smallest_refused:
                    self.assertRaises(Exception, make_server, {apex: text}, [(key, ["*"])])
                    continue
                server = make_server({apex: text}, [(key, ["*"])])
                self.addCleanup(server.close)
                received = dns.zone.Zone(apex, relativize=False)
                question = dns.message.make_query(apex, "AXFR")
                question.use_tsig(keyring_of(key), dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
                dns.query.inbound_xfr(server.address, received, question, port=server.port, timeout=60)
                self.assertEqual(len(received.get_rdataset(f"{owner}.{apex}", "TYPE65280")[0].data), size)
                reply = query(server, f"{owner}.{apex}", "TYPE65280", True, key)
                self.assertFalse(reply.flags & dns.flags.TC)
                self.assertEqual(len(reply.answer), 1)

    def test_every_message_is_signed(self):
        """Clients such as external-dns accept no less, though RFC 8945 allows up to 99 without a signature."""
        wire, sent = sign(dns.message.make_query(BIG_NAME, "AXFR", flags=0).to_wire(), KEY)
        prior, soas, messages = sent.mac, 0, 0
        with Tcp(self.server) as connection:
            connection.send(wire)
            while soas < 2:
                reply = connection.receive()
                message, tsig = split_reply(reply)
                self.assertIsNotNone(tsig, f"message {messages} is not signed")
                timers = tsig.time.to_bytes(6, "big") + tsig.fudge.to_bytes(2, "big")
                expected = digest(KEY, len(prior).to_bytes(2, "big") + prior + message + (timers if messages else tsig.variables()))
                self.assertEqual(tsig.mac, expected, f"message {messages}")
                prior, messages = tsig.mac, messages + 1
                soas += sum(rrset.rdtype == dns.rdatatype.SOA for rrset in dns.message.from_wire(message, one_rr_per_rrset=True).answer)
        self.assertGreater(messages, 1)

    def test_messages_are_well_filled(self):
        """A big zone comes in tens of messages, not thousands."""
        wire, _ = sign(dns.message.make_query(BIG_NAME, "AXFR", flags=0).to_wire(), KEY)
        octets, messages, soas = 0, 0, 0
        with Tcp(self.server) as connection:
            connection.send(wire)
            while soas < 2:
                reply = connection.receive()
                octets, messages = octets + len(reply), messages + 1
                soas += sum(r.rdtype == dns.rdatatype.SOA for r in dns.message.from_wire(split_reply(reply)[0], one_rr_per_rrset=True).answer)
        self.assertGreater(octets / messages, 10_000)

    def test_requests_that_wait_behind_a_transfer(self):
        """Several transfers and a query in one segment: each is answered whole and signed, one after the other."""
        wires = [sign(dns.message.make_query(name, kind, flags=0).to_wire(), KEY)[0]
                 for name, kind in ((BIG_NAME, "AXFR"), (ZONE_NAME, "AXFR"), (ZONE_NAME, "SOA"), (ZONE_NAME, "AXFR"))]
        with Tcp(self.server) as connection:
            connection.send(*wires)
            for wire in wires:
                soas, wanted = 0, 1 if wire is wires[2] else 2
                while soas < wanted:
                    message, tsig = split_reply(connection.receive())
                    self.assertIsNotNone(tsig)
                    self.assertEqual((message[:2], message[3] & 15), (wire[:2], 0))
                    soas += sum(r.rdtype == dns.rdatatype.SOA
                                for r in dns.message.from_wire(message, one_rr_per_rrset=True).answer)

    def assert_refused(self, wire, tcp=True):
        with_rcode = exchange(self.server, wire, tcp)
        self.assertIn(dns.rcode.to_text(with_rcode[3] & 15), ("REFUSED", "NOTAUTH"))
        self.assertEqual(with_rcode[6:8], b"\x00\x00", "an answer beside an error")

    def test_unsigned_is_refused(self):
        self.assert_refused(dns.message.make_query(ZONE_NAME, "AXFR", flags=0).to_wire())

    def test_a_key_without_the_right_is_refused(self):
        self.assert_refused(sign(dns.message.make_query(ZONE_NAME, "AXFR", flags=0).to_wire(), NOBODY)[0])

    def test_a_stranger_is_refused(self):
        self.assert_refused(sign(dns.message.make_query(ZONE_NAME, "AXFR", flags=0).to_wire(), test_key(name="stranger."))[0])

    def test_what_is_no_zone_is_refused(self):
        for name in ("example.org.", f"www.{ZONE_NAME}", "com."):
            self.assert_refused(sign(dns.message.make_query(name, "AXFR", flags=0).to_wire(), KEY)[0])

    @unittest.skipIf(IS_BIND, "BIND says FORMERR")
    def test_not_over_udp(self):
        reply = exchange(self.server, sign(dns.message.make_query(ZONE_NAME, "AXFR", flags=0).to_wire(), KEY)[0])
        self.assertIn(dns.rcode.to_text(reply[3] & 15), ("REFUSED", "FORMERR", "NOTIMP", "NOTAUTH"))
        self.assertEqual(reply[6:8], b"\x00\x00")

    def test_dig_and_kdig(self):
        for tool in ("dig", "kdig"):
            lines = dig(self.server, "-y", KEY.line, ZONE_NAME, "AXFR", tool=tool)
            text = "\n".join(lines)
            self.assertIn("192.0.2.80", text)
            self.assertIn("2001:db8::80", text)
            self.assertNotIn("failed", text.lower())

    def test_an_update_is_in_the_next_transfer(self):
        update = make_update(ZONE_NAME, KEY)
        update.add("late", 60, "A", "192.0.2.77")
        self.assertEqual(send_update(self.server, update).rcode(), 0)
        self.assertEqual(self.transfer(ZONE_NAME).get_rdataset(f"late.{ZONE_NAME}", "A")[0].to_text(), "192.0.2.77")
        update = make_update(ZONE_NAME, KEY)
        update.delete("late")
        send_update(self.server, update)

    def test_one_version_from_end_to_end(self):
        """Updates move two names to the same address in each step; no transfer sees them apart."""
        stopping, failures = threading.Event(), []

        def step(number):
            update = make_update(BIG_NAME, KEY)
            for owner in ("h0", f"h{HOSTS - 1}"):
                update.replace(owner, 60, "A", f"192.0.2.{number % 250}")
            self.assertEqual(send_update(self.server, update).rcode(), 0)

        def move():
            try:
                number = 0
                while not stopping.is_set():
                    number += 1
                    step(number)
            except Exception as error:   # told below
                failures.append(error)

        step(0)
        mover = threading.Thread(target=move)
        mover.start()
        try:
            for _ in range(2):
                zone = self.transfer(BIG_NAME)
                first, last = (zone.get_rdataset(f"{owner}.{BIG_NAME}", "A").to_text() for owner in ("h0", f"h{HOSTS - 1}"))
                self.assertEqual(first, last)
        finally:
            stopping.set()
            mover.join()
        self.assertEqual(failures, [])
        update = make_update(BIG_NAME, KEY)
        update.replace("h0", 60, "A", "10.0.0.0")
        update.replace(f"h{HOSTS - 1}", 60, "A", f"10.0.{HOSTS - 1 >> 8}.{(HOSTS - 1) & 255}")
        send_update(self.server, update)

    def test_a_client_that_goes_away_in_the_middle(self):
        wire, _ = sign(dns.message.make_query(BIG_NAME, "AXFR", flags=0).to_wire(), KEY)
        for _ in range(10):
            with Tcp(self.server) as connection:
                connection.send(wire)
                connection.receive()
        self.assertEqual(records(self.server, f"www.{ZONE_NAME}", "A"), ["192.0.2.80"])
        self.assertGreater(serial_of(self.server, BIG_NAME), 0)

    @unittest.skipIf(IS_BIND, "asks homing's status")
    def test_a_client_that_takes_nothing_holds_up_nobody_and_is_cut_off(self):
        def cut_off():
            return json.loads(self.server.cli("status", "--json"))["counters"]["tcp_cut_off"]
        before = cut_off()
        wire, _ = sign(dns.message.make_query(BIG_NAME, "AXFR", flags=0).to_wire(), KEY)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect((self.server.address, self.server.port))
            slow.sendall(len(wire).to_bytes(2, "big") + wire)
            deadline = time.monotonic() + PATIENCE
            while cut_off() == before:
                self.assertLess(time.monotonic(), deadline, "not cut off")
                self.assertEqual(records(self.server, f"www.{ZONE_NAME}", "A", tcp=True), ["192.0.2.80"])
        self.assertGreater(len(self.transfer(BIG_NAME).nodes), HOSTS)

    def test_queries_go_on_during_a_transfer_on_the_same_connection(self):
        wire, _ = sign(dns.message.make_query(BIG_NAME, "AXFR", flags=0).to_wire(), KEY)
        question = dns.message.make_query(f"www.{ZONE_NAME}", "A", flags=0)
        with Tcp(self.server) as connection:
            connection.send(wire, question.to_wire())
            reply = connection.receive()
            while reply[:2] != question.id.to_bytes(2, "big"):
                reply = connection.receive()
            self.assertEqual(reply[3] & 15, 0)


if __name__ == "__main__":
    unittest.main()
