#!/usr/bin/python3
"""Incremental transfers (RFC 1995): what changed, over TCP and UDP, condensed, or the whole zone; and who may have it."""
import json
import socket
import unittest

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.xfr
import dns.zone

from dns_client import Tcp, algorithm_name, dig, exchange, keyring_of, make_update, query, send_update, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, test_key
from tsig_wire import digest, sign, split_reply

ZONE_NAME = "example.com."
KEY = test_key()
NOBODY = test_key(name="nobody.key.")
PADDING = "".join(f"pad{i} TXT \"{'x' * 200}\"\n" for i in range(500))   # so that a difference is smaller than the zone


def request(serial, edns=False, options=None):
    message = dns.message.make_query(ZONE_NAME, "IXFR", flags=0)
    message.authority.append(dns.rrset.from_text(ZONE_NAME, 0, "IN", "SOA", f". . {serial} 0 0 0 0"))
    if edns:
        message.use_edns(0, payload=4096, options=options or [])
    return message


class IxfrTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = HomingServer(zones={ZONE_NAME: ZONE + PADDING}, keys=[(KEY, ["*"]), (NOBODY, ["other.example."])])
        try:
            cls.server.start()
        except BaseException:
            cls.server.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def change(self, owner, address):
        update = make_update(ZONE_NAME, KEY)
        update.replace(owner, 60, "A", address)
        self.assertEqual(send_update(self.server, update).rcode(), 0)
        return serial_of(self.server, ZONE_NAME)

    def messages(self, message, key=KEY, soas=None):
        """The messages of an answer over TCP, each one's signature checked; the stream ends with the newest SOA."""
        wire, sent = sign(message.to_wire(), key)
        prior, answers, newest = sent.mac, [], None
        with Tcp(self.server) as connection:
            connection.send(wire)
            while True:
                reply, tsig = split_reply(connection.receive())
                self.assertIsNotNone(tsig, "not signed")
                timers = tsig.time.to_bytes(6, "big") + tsig.fudge.to_bytes(2, "big")
                expected = digest(key, len(prior).to_bytes(2, "big") + prior + reply + (timers if answers else tsig.variables()))
                self.assertEqual(tsig.mac, expected)
                prior = tsig.mac
                answers.append(dns.message.from_wire(reply, one_rr_per_rrset=True))
                found = [r for a in answers for r in a.answer]
                if not found:
                    return answers
                newest = newest or found[0]
                ends = [i for i, r in enumerate(found) if r == newest]
                if len(found) == 1 or (len(ends) > 1 and ends[-1] == len(found) - 1 and
                                       (found[1].rdtype != dns.rdatatype.SOA or len(ends) > 2)):
                    return answers

    def records(self, message):
        return [r for answer in self.messages(message) for r in answer.answer]

    def receive_by_dnspython(self, zone, serial):
        question, _ = dns.xfr.make_query(zone, serial=serial, keyring=keyring_of(KEY),
                                         keyname=dns.name.from_text(KEY.name), keyalgorithm=algorithm_name(KEY.algorithm))
        dns.query.inbound_xfr(self.server.address, zone, question, port=self.server.port, timeout=60)

    def test_up_to_date(self):
        for serial in (serial_of(self.server, ZONE_NAME), serial_of(self.server, ZONE_NAME) + 1000):
            found = self.records(request(serial))
            self.assertEqual([r.rdtype for r in found], [dns.rdatatype.SOA])
            self.assertEqual(found[0][0].serial, serial_of(self.server, ZONE_NAME))

    def test_one_change(self):
        self.change("one", "192.0.2.101")
        before = serial_of(self.server, ZONE_NAME)
        after = self.change("one", "192.0.2.102")
        found = self.records(request(before))
        texts = [(dns.rdatatype.to_text(r.rdtype), r[0].serial if r.rdtype == dns.rdatatype.SOA else r[0].to_text()) for r in found]
        self.assertEqual(texts,
                         [("SOA", after), ("SOA", before), ("A", "192.0.2.101"), ("SOA", after), ("A", "192.0.2.102"),
                          ("SOA", after)])

    def test_a_few_changes_are_sent_one_by_one_and_many_as_one(self):
        first = serial_of(self.server, ZONE_NAME)
        for i in range(5):
            last = self.change("few", f"192.0.2.{i + 1}")
        serials = [r[0].serial for r in self.records(request(first)) if r.rdtype == dns.rdatatype.SOA]
        self.assertEqual(len(serials), 2 + 2 * 5)
        for i in range(30):
            last = self.change("many", f"192.0.2.{i + 1}")
        found = self.records(request(first))
        self.assertEqual([r[0].serial for r in found if r.rdtype == dns.rdatatype.SOA], [last, first, last, last])
        self.assertEqual(sum(r.name.to_text() == f"many.{ZONE_NAME}" for r in found), 1)

    def test_a_secondary_follows(self):
        """dnspython's own implementation, from several serials at once."""
        zones = []
        for i in range(8):
            zone = dns.zone.Zone(ZONE_NAME, relativize=False)
            question = dns.message.make_query(ZONE_NAME, "AXFR")
            question.use_tsig(keyring_of(KEY), dns.name.from_text(KEY.name), algorithm=algorithm_name(KEY.algorithm))
            dns.query.inbound_xfr(self.server.address, zone, question, port=self.server.port, timeout=60)
            zones.append((zone, serial_of(self.server, ZONE_NAME)))
            self.change(f"step{i % 3}", f"192.0.2.{i + 1}")
        newest = None
        for zone, serial in reversed(zones):
            self.receive_by_dnspython(zone, serial)
            text = zone.to_text(relativize=False, sorted=True)
            newest = newest or text
            self.assertEqual(text, newest)

    def test_the_journal_does_not_reach_back(self):
        found = self.records(request((serial_of(self.server, ZONE_NAME) - 1_000_000) % 2 ** 32))
        self.assertEqual(found[0].rdtype, dns.rdatatype.SOA)
        self.assertNotEqual(found[1].rdtype, dns.rdatatype.SOA, "a difference")
        self.assertGreater(len(found), 500)

    def test_more_changes_than_zone(self):
        """A difference larger than the zone is not sent."""
        first = serial_of(self.server, ZONE_NAME)
        for half in (range(200), range(200, 500)):
            update = make_update(ZONE_NAME, KEY)
            for i in half:
                update.replace(f"pad{i}", 3600, "TXT", "y" * 150)
            self.assertEqual(send_update(self.server, update, tcp=True).rcode(), 0)
        found = self.records(request(first))
        self.assertNotEqual(found[1].rdtype, dns.rdatatype.SOA)
        self.assertGreater(len(found), 500)

    def test_over_udp(self):
        before = serial_of(self.server, ZONE_NAME)
        after = self.change("datagram", "192.0.2.7")
        wire, _ = sign(request(before, edns=True).to_wire(), KEY)
        reply, tsig = split_reply(exchange(self.server, wire))
        self.assertIsNotNone(tsig)
        found = dns.message.from_wire(reply, one_rr_per_rrset=True).answer
        self.assertEqual(len([r for r in found if r.rdtype == dns.rdatatype.SOA]), 4)
        for i in range(40):   # more than fits
            update = make_update(ZONE_NAME, KEY)
            update.add(f"wide{i}", 60, "TXT", "z" * 200)
            send_update(self.server, update)
        for edns in (True, False):
            wire, _ = sign(request(before, edns=edns).to_wire(), KEY)
            reply, tsig = split_reply(exchange(self.server, wire))
            found = dns.message.from_wire(reply, one_rr_per_rrset=True)
            self.assertEqual(found.rcode(), 0)
            self.assertFalse(found.flags & dns.flags.TC)
            self.assertEqual([r.rdtype for r in found.answer], [dns.rdatatype.SOA])
            self.assertGreater(found.answer[0][0].serial, after)

    def test_who_may_not(self):
        message = request(1)
        for wire in (message.to_wire(), sign(message.to_wire(), NOBODY)[0], sign(message.to_wire(), test_key(name="stranger."))[0]):
            for tcp in (False, True):
                reply = exchange(self.server, wire, tcp)
                self.assertIn(dns.rcode.to_text(reply[3] & 15), ("REFUSED", "NOTAUTH"))
                self.assertEqual(reply[6:8], b"\x00\x00")

    def test_without_a_soa_it_is_malformed(self):
        wire, _ = sign(dns.message.make_query(ZONE_NAME, "IXFR", flags=0).to_wire(), KEY)
        for tcp in (False, True):
            self.assertEqual(exchange(self.server, wire, tcp)[3] & 15, dns.rcode.FORMERR)

    def test_they_are_counted(self):
        def counts():
            found = json.loads(self.server.cli("status", "--json"))["counters"]
            return found["transfers"], found["transfers_changes"]
        before, serial = counts(), serial_of(self.server, ZONE_NAME)
        self.change("counted", "192.0.2.33")
        self.records(request(serial))
        self.records(request(1))
        self.assertEqual(counts(), (before[0] + 2, before[1] + 1))

    def test_dig_and_kdig(self):
        before = serial_of(self.server, ZONE_NAME)
        self.change("tool", "192.0.2.9")
        for tool in ("dig", "kdig"):
            text = "\n".join(dig(self.server, "-y", KEY.line, ZONE_NAME, f"IXFR={before}", tool=tool))
            self.assertIn("192.0.2.9", text)
            self.assertNotIn("192.0.2.80", text)

    def test_many_in_one_segment_and_queries_behind_them(self):
        before = serial_of(self.server, ZONE_NAME)
        self.change("queue", "192.0.2.10")
        wires = [sign(request(before).to_wire(), KEY)[0] for _ in range(20)]
        wires.append(dns.message.make_query(f"www.{ZONE_NAME}", "A", flags=0).to_wire())
        with Tcp(self.server) as connection:
            connection.send(*wires)
            for wire in wires:
                reply = connection.receive()
                self.assertEqual((reply[:2], reply[3] & 15), (wire[:2], 0))

    def test_clients_that_go_away(self):
        before = serial_of(self.server, ZONE_NAME)
        self.change("gone", "192.0.2.11")
        wire, _ = sign(request(before).to_wire(), KEY)
        for _ in range(50):
            connection = Tcp(self.server)
            connection.send(wire)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.close()
        self.assertEqual(len(self.records(request(serial_of(self.server, ZONE_NAME)))), 1)

    def test_expire(self):
        """RFC 7314: a primary says what its SOA says, to whoever asks, and to nobody else."""
        option = dns.edns.GenericOption(9, b"")
        reply = query(self.server, ZONE_NAME, "SOA", use_edns=0, options=[option])
        self.assertEqual([(o.otype, bytes(o.data)) for o in reply.options], [(9, (1209600).to_bytes(4, "big"))])
        self.assertEqual(query(self.server, ZONE_NAME, "SOA", use_edns=0).options, ())
        self.assertEqual(query(self.server, f"www.{ZONE_NAME}", "A", use_edns=0, options=[option]).options, ())
        self.assertEqual(query(self.server, f"www.{ZONE_NAME}", "SOA", use_edns=0, options=[option]).options, ())
        before = serial_of(self.server, ZONE_NAME)
        self.change("expire", "192.0.2.12")
        for message in (request(before, True, [option]), request(serial_of(self.server, ZONE_NAME), True, [option]), request(1, True, [option])):
            answers = self.messages(message)
            self.assertEqual([bytes(o.data) for o in answers[0].options], [(1209600).to_bytes(4, "big")])


class FenceTest(unittest.TestCase):
    def start(self, *arguments):
        server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])], arguments=arguments)
        self.addCleanup(server.close)
        return server.start()

    def rcode(self, server, signed, source=None, kind="AXFR"):
        message = dns.message.make_query(ZONE_NAME, kind, flags=0)
        wire = sign(message.to_wire(), KEY)[0] if signed else message.to_wire()
        with Tcp(server, source) as connection:
            return dns.rcode.to_text(connection.exchange(wire)[3] & 15)

    def test_an_address_list_is_one_fence_more(self):
        server = self.start("--transfer-from", "127.0.0.2", "--transfer-from", "127.0.1.0/24")
        self.assertEqual(self.rcode(server, True, "127.0.0.1"), "REFUSED")
        self.assertEqual(self.rcode(server, True, "127.0.0.2"), "NOERROR")
        self.assertEqual(self.rcode(server, True, "127.0.1.77"), "NOERROR")
        self.assertEqual(self.rcode(server, False, "127.0.0.2"), "REFUSED")

    def test_it_is_the_only_one_where_the_operator_says_so(self):
        server = self.start("--transfer-unsigned-from", "127.0.0.3")
        self.assertEqual(self.rcode(server, False, "127.0.0.1"), "REFUSED")
        self.assertEqual(self.rcode(server, False, "127.0.0.3"), "NOERROR")
        self.assertEqual(self.rcode(server, True, "127.0.0.1"), "NOERROR")
        self.assertIn("192.0.2.80", "\n".join(dig(server, "-b", "127.0.0.3", ZONE_NAME, "AXFR")))

    def test_without_a_key_a_datagram_has_the_soa_alone(self):
        """The address of a datagram may be another's: nothing is read for it."""
        server = self.start("--transfer-unsigned-from", "127.0.0.3")
        serial = serial_of(server, ZONE_NAME)
        update = make_update(ZONE_NAME, KEY)
        update.replace("unsigned", 60, "A", "192.0.2.66")
        self.assertEqual(send_update(server, update).rcode(), 0)
        wire = request(serial, edns=True).to_wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.bind(("127.0.0.3", 0))
            client.sendto(wire, (server.address, server.port))
            reply = dns.message.from_wire(client.recv(4096), one_rr_per_rrset=True)
        self.assertEqual([r.rdtype for r in reply.answer], [dns.rdatatype.SOA])
        self.assertEqual(reply.answer[0][0].serial, serial + 1)
        with Tcp(server, "127.0.0.3") as connection:
            reply = dns.message.from_wire(connection.exchange(wire), one_rr_per_rrset=True)
        self.assertEqual(len([r for r in reply.answer if r.rdtype == dns.rdatatype.SOA]), 4)

    def test_what_is_no_address_is_told(self):
        done = HomingServer().run("serve", "--transfer-from", "everybody")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--transfer-from everybody", done.stderr)


if __name__ == "__main__":
    unittest.main()
