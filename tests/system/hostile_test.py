#!/usr/bin/python3
"""Thousands of random and mutated packets, over UDP and TCP: the server survives, answers the next good query at once,
never answers an answer, and never sends more than one message for one.

The packets come from a seed (HOMING_TEST_SEED changes it), so that what fails can be repeated.
"""
import collections
import os
import random
import struct
import unittest

import dns.message

from dns_client import Tcp, Udp, records
from homing_server import ZONE, make_server, test_key
from tsig_wire import sign
from update_wire import ALL_TYPES, ANY, IN, message, rr

ZONE_NAME = "example.com."
KEY = test_key()
SEED = int(os.environ.get("HOMING_TEST_SEED", "1035"))
PACKETS = int(os.environ.get("HOMING_TEST_PACKETS", "6000"))
BATCH = 50
PROBE_ID = b"\xbe\xef"


def seeds():
    """Good messages that mutations begin with."""
    for rrtype in ("A", "ANY", "SOA", "MX", "TYPE65280", "AXFR", "IXFR"):
        yield dns.message.make_query("www.example.com", rrtype).to_wire()
    yield dns.message.make_query("a.b.c.d.e.example.com", "AAAA", use_edns=0, payload=4096, want_dnssec=True).to_wire()
    yield sign(dns.message.make_query("www.example.com", "A").to_wire(), KEY)[0]
    updates = [rr("host", ZONE_NAME, "A", IN, 60, "192.0.2.1"), rr("host", ZONE_NAME, ALL_TYPES, ANY, 0),
               rr("mx", ZONE_NAME, "MX", IN, 60, "10 mail"), rr("txt", ZONE_NAME, "TXT", IN, 60, '"text"')]
    yield message(ZONE_NAME, [rr("www", ZONE_NAME, ALL_TYPES, ANY, 0)], updates)
    yield sign(message(ZONE_NAME, [rr("www", ZONE_NAME, ALL_TYPES, ANY, 0)], updates), KEY)[0]
    yield struct.pack(">6H", 1, 0x2400, 1, 0, 0, 0) + updates[0][:17] + b"\x00\x06\x00\x01"   # NOTIFY


class Mutator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seeds = list(seeds())

    def packet(self):
        kind = self.random.random()
        if kind < 0.15:
            return self.random.randbytes(self.random.choice((0, 1, 11, 12, 13, 17, 40, 100, 512, 1232, 1400)))
        wire = bytearray(self.random.choice(self.seeds))
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 5, 20))):
            self.mutate(wire)
        if kind > 0.97:   # what looks like an answer is not answered
            wire[2:3] = bytes([(wire[2] if len(wire) > 2 else 0) | 0x80])
        return bytes(wire[:65535])

    def mutate(self, wire):
        draw = self.random
        if len(wire) < 2:
            wire += draw.randbytes(4)
            return
        at = draw.randrange(len(wire))
        choice = draw.randrange(8)
        if choice == 0:
            wire[at] ^= 1 << draw.randrange(8)
        elif choice == 1:
            wire[at] = draw.choice((0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xFF))
        elif choice == 2:
            wire[at:at] = draw.randbytes(draw.randint(1, 20))
        elif choice == 3:
            del wire[at:at + draw.randint(1, 10)]
        elif choice == 4:
            del wire[at:]
        elif choice == 5:   # a compression pointer to anywhere
            wire[at:at + 2] = struct.pack(">H", 0xC000 | draw.randrange(len(wire) + 10))
        elif choice == 6:   # a count
            where = draw.choice((4, 6, 8, 10))
            wire[where:where + 2] = struct.pack(">H", draw.choice((0, 1, 2, 255, 65535)))
        else:   # part of another message
            other = draw.choice(self.seeds)
            wire[at:] = other[draw.randrange(len(other)):]


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = make_server({ZONE_NAME: ZONE}, [(KEY, ["*"])])
        cls.probe = bytearray(dns.message.make_query("ns1.example.com", "A").to_wire())
        cls.probe[:2] = PROBE_ID

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        text = cls.server.log.text() if hasattr(cls.server, "log") else ""
        cls.server.close()
        if code != 0:
            raise AssertionError(f"the server ended with {code}:\n{text}")

    def batches(self, seed):
        mutator = Mutator(seed)
        for number in range(PACKETS // BATCH):
            packets = [p for p in (mutator.packet() for _ in range(BATCH)) if p[:2] != PROBE_ID]
            yield number, packets

    @staticmethod
    def questions(packets):
        """How often each ID asks for an answer."""
        return collections.Counter(p[:2] for p in packets if len(p) >= 12 and not p[2] & 0x80)

    def check_replies(self, asked, replies, where):
        """As many as there are questions at most, each with the ID of one, and none for an answer. What is left of the
        questions stays: an update may be answered later."""
        for reply in replies:
            self.assertGreaterEqual(len(reply), 12, where)
            self.assertTrue(reply[2] & 0x80, f"{where}: a message that is no answer: {reply.hex()}")
            self.assertGreater(asked[reply[:2]], 0, f"{where}: an answer that nobody asked for: {reply.hex()}")
            asked[reply[:2]] -= 1

    def test_udp(self):
        asked = collections.Counter()
        with Udp(self.server) as socket:
            for number, packets in self.batches(SEED):
                for packet in packets:
                    socket.send(packet)
                socket.send(bytes(self.probe))
                replies = []
                while True:
                    replies.append(socket.receive())
                    if replies[-1][:2] == PROBE_ID:
                        break
                self.assertEqual(replies.pop()[3] & 15, 0)
                asked += self.questions(packets)
                self.check_replies(asked, replies, f"seed {SEED}, batch {number}")
        self.assertEqual(records(self.server, "ns1.example.com", "A"), ["192.0.2.1"])

    def test_tcp(self):
        """The same over connections; the server may close one that talks nonsense, and answers on the next."""
        for number, packets in self.batches(SEED + 1):
            with Tcp(self.server) as connection:
                replies = []
                try:
                    connection.send(*packets, bytes(self.probe))
                    while True:
                        reply = connection.receive()
                        if reply is None or reply[:2] == PROBE_ID:
                            break
                        replies.append(reply)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.check_replies(self.questions(packets), replies, f"seed {SEED + 1}, batch {number}")
        self.assertEqual(records(self.server, "ns1.example.com", "A", tcp=True), ["192.0.2.1"])

    def test_streams_of_rubbish_over_tcp(self):
        """Not even the lengths are right."""
        draw = random.Random(SEED + 2)
        for _ in range(100):
            with Tcp(self.server) as connection:
                try:
                    connection.send_octets(draw.randbytes(draw.randint(1, 70000)))
                except (BrokenPipeError, ConnectionResetError):
                    pass
        self.assertEqual(records(self.server, "ns1.example.com", "A", tcp=True), ["192.0.2.1"])

    def test_answers_are_never_answered(self):
        draw = random.Random(SEED + 3)
        with Udp(self.server) as socket:
            for _ in range(20):
                for wire in seeds():
                    answer = bytearray(wire)
                    answer[2] |= 0x80
                    answer[:2] = draw.randbytes(2)
                    socket.send(bytes(answer))
                socket.send(bytes(self.probe))
                self.assertEqual(socket.receive()[:2], PROBE_ID)

    def test_mutations_of_signed_updates_change_nothing_that_is_not_signed(self):
        """Whatever is flipped in a signed update, the MAC or the parser catches it."""
        draw = random.Random(SEED + 4)
        sent = {}
        with Udp(self.server) as socket:
            for i in range(1500):
                wire = bytearray(sign(message(ZONE_NAME, (), [rr(f"flip{i}", ZONE_NAME, "A", IN, 60, "192.0.2.1")]), KEY)[0])
                at = draw.randrange(2, len(wire))
                wire[at] ^= 1 << draw.randrange(8)
                sent[bytes(wire[:2])] = wire[at]
                socket.send(bytes(wire))
                socket.send(bytes(self.probe))
                while True:
                    reply = socket.receive()
                    if reply[:2] == PROBE_ID:
                        break
                    # A letter of the key's or the algorithm's name in the other case is the same name, and that alone.
                    if reply[2] & 0x78 == 0x28 and reply[3] & 15 == 0:
                        self.assertIn(chr(sent[reply[:2]] | 0x20), "abcdefghijklmnopqrstuvwxyz", reply.hex())


if __name__ == "__main__":
    unittest.main()
