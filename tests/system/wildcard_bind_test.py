#!/usr/bin/python3
"""A server that listens on all addresses answers from the one that was asked (a client drops anything else)."""
import signal
import socket
import struct
import unittest

from dns_client import Tcp, Udp, records
from homing_server import ZONE, HomingServer, test_key
from tsig_wire import sign
from update_wire import IN, message, rr

import dns.message

QUESTION = dns.message.make_query("www.example.com", "A").to_wire()
KEY = test_key()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class WildcardBindTest(unittest.TestCase):
    def start(self, *listen):
        server = HomingServer(zones={"example.com.": ZONE}, keys=[(KEY, ["*"])], listen=listen)
        self.addCleanup(server.close)
        return server.start()

    def ask(self, server, *addresses):
        for address in addresses:
            with Udp(server, address) as connected:   # sees only what comes from this address
                for _ in range(20):
                    self.assertEqual(connected.exchange(QUESTION)[3] & 15, 0)

    def test_every_address_answers_for_itself(self):
        server = self.start("0.0.0.0:0")
        self.ask(server, "127.0.0.1", "127.0.0.2", "127.1.2.3")

    def test_a_batch_of_queries_to_many_addresses(self):
        """They wait in one queue until the server goes on, and are taken and answered together."""
        server = self.start("*:0")
        addresses = [f"127.0.{i}.{i + 1}" for i in range(40)] + ["::1"] * (3 if has_ipv6() else 0)
        clients = [Udp(server, address) for address in addresses]
        server.process.send_signal(signal.SIGSTOP)
        for turn in range(5):
            for i, client in enumerate(clients):
                client.send(struct.pack(">H", turn * 100 + i) + QUESTION[2:])
        server.process.send_signal(signal.SIGCONT)
        for turn in range(5):
            for i, client in enumerate(clients):
                self.assertEqual(struct.unpack(">H", client.receive()[:2])[0], turn * 100 + i, addresses[i])
        for client in clients:
            client.close()

    def test_updates_are_answered_from_the_address_too(self):
        server = self.start("0.0.0.0:0")
        for i in range(2, 6):
            wire = sign(message("example.com.", (), [rr(f"h{i}", "example.com.", "A", IN, 60, f"192.0.2.{i}")]), KEY)[0]
            with Udp(server, f"127.0.0.{i}") as connected:
                self.assertEqual(connected.exchange(wire)[3] & 15, 0)
            self.assertEqual(records(server, f"h{i}.example.com.", "A"), [f"192.0.2.{i}"])

    def test_tcp_on_every_address(self):
        server = self.start("0.0.0.0:0")
        for address in ("127.0.0.1", "127.0.0.2"):
            server.address = address
            with Tcp(server) as connection:
                self.assertEqual(connection.exchange(QUESTION)[3] & 15, 0)

    @unittest.skipUnless(has_ipv6(), "no IPv6 here")
    def test_both_families(self):
        server = self.start("[::]:0")
        self.ask(server, "::1")
        server = self.start("*:0")
        self.ask(server, "127.0.0.3", "::1")

    @unittest.skipUnless(has_ipv6(), "no IPv6 here")
    def test_one_ipv6_address(self):
        server = self.start("[::1]:0")
        self.ask(server, "::1")

    def test_several_listeners(self):
        server = self.start("127.0.0.1:0", "127.0.0.2:0")
        udp = [(address, port) for kind, address, port in server.listeners if kind == "udp"]
        tcp = [(address, port) for kind, address, port in server.listeners if kind == "tcp"]
        self.assertEqual(sorted(udp), sorted(tcp))
        self.assertEqual(sorted(address for address, _ in udp), ["127.0.0.1", "127.0.0.2"])
        for address, port in udp:
            server.port = port
            self.ask(server, address)

    def test_only_where_it_listens(self):
        server = self.start("127.0.0.1:0")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
            self.assertNotEqual(other.connect_ex(("127.0.0.2", server.port)), 0)


if __name__ == "__main__":
    unittest.main()
