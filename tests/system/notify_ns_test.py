#!/usr/bin/python3
"""NOTIFY to the servers in a zone's NS records: all but the primary and this server itself. In a network of its own, for they have port 53."""
import own_namespace

own_namespace.enter("net")

import select
import socket
import unittest

import dns.flags
import dns.message
import dns.opcode

from dns_client import make_update, send_update
from homing_server import PATIENCE, HomingServer, test_key

ZONE = """\
$TTL 300
@    SOA ns1 hostmaster 1 7200 3600 1209600 300
     NS ns1
     NS ns2
     NS ns3
     NS ns4
     NS away.invalid.
     NS doc
ns1  A 127.0.0.11
ns2  A 127.0.0.12
ns3  A 127.0.0.13
     A 127.0.0.14
ns4  A 127.0.0.1
doc  A 192.0.2.1
"""
KEY = test_key()


def listener(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 53))
    return made


class NameServersTest(unittest.TestCase):
    def start(self, **environment):
        server = HomingServer(zones={"example.com.": ZONE}, keys=[(KEY, ["*"])], listen=("127.0.0.1:53",), environment=environment)
        self.addCleanup(server.close)
        return server.start()

    def update(self, server):
        update = make_update("example.com.", KEY)
        update.replace("www", 60, "A", "192.0.2.9")
        self.assertEqual(send_update(server, update).rcode(), 0)

    def setUp(self):
        own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
        self.listeners = {address: listener(address) for address in ("127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14")}
        for made in self.listeners.values():
            self.addCleanup(made.close)

    def test_all_but_the_primary(self):
        self.update(self.start(HOMING_NO_NOTIFY_NS="0"))
        waiting, told = {s: a for a, s in self.listeners.items() if a != "127.0.0.11"}, {}
        while waiting:
            ready, _, _ = select.select(list(waiting), [], [], PATIENCE)
            self.assertTrue(ready, f"never told: {sorted(waiting.values())}")
            for s in ready:
                wire, sender = s.recvfrom(4096)
                message = dns.message.from_wire(wire)
                told[waiting.pop(s)] = message
                s.sendto(dns.message.make_response(message).to_wire(), sender)
        for message in told.values():
            self.assertEqual(message.opcode(), dns.opcode.NOTIFY)
            self.assertFalse(message.had_tsig)
            self.assertEqual(message.question[0].name.to_text(), "example.com.")
        self.assertFalse(select.select([self.listeners["127.0.0.11"]], [], [], 0)[0], "the primary of the SOA was told")

    def test_after_a_start_too(self):
        server = self.start(HOMING_NO_NOTIFY_NS="0")
        ready, _, _ = select.select([self.listeners["127.0.0.12"]], [], [], PATIENCE)
        self.assertTrue(ready)
        self.assertEqual(dns.message.from_wire(self.listeners["127.0.0.12"].recv(4096)).opcode(), dns.opcode.NOTIFY)
        self.assertTrue(server.is_running())

    def test_none_where_the_operator_says_so(self):
        server = self.start(HOMING_NO_NOTIFY_NS="1")
        server.cli("secondary", "add", "other", "127.0.0.12:53")
        self.update(server)
        while True:   # the secondary is told, so that whoever else would be has been told
            self.assertTrue(select.select([self.listeners["127.0.0.12"]], [], [], PATIENCE)[0])
            wire, _ = self.listeners["127.0.0.12"].recvfrom(4096)
            if b"\x07example\x03com\x00" in wire and wire[2] >> 3 & 15 == dns.opcode.NOTIFY:
                break
        others = [s for a, s in self.listeners.items() if a != "127.0.0.12"]
        self.assertFalse(select.select(others, [], [], 0)[0])


if __name__ == "__main__":
    unittest.main()
