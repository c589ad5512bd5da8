#!/usr/bin/python3
"""HTTPS against those who mean harm: no handshake, half of one, garbage, resets; the server answers everybody else meanwhile."""
import os
import random
import socket
import ssl
import struct
import unittest

from dns_client import records
from homing_server import PATIENCE
from http_host import HOST
from tls_host import TlsServer

SEED = int(os.environ.get("HOMING_TEST_SEED", "1"))
ROUNDS = int(os.environ.get("HOMING_TEST_ROUNDS", "300"))

NO_LINGER = struct.pack("ii", 1, 0)  # close sends a reset


def client_hello():
    """The first octets of a handshake, as a client sends them."""
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    handshake = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    try:
        handshake.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def quietly(action, *arguments):
    """What an OSError of a connection that the other side has reset leaves undone."""
    try:
        return action(*arguments)
    except OSError:
        return None


class HostileTest(unittest.TestCase):
    def setUp(self):
        self.server = TlsServer()
        self.addCleanup(self.server.close)
        self.server.start()

    def connect(self, source):
        return socket.create_connection(("127.0.0.1", self.server.https_port), PATIENCE, (source, 0))

    def assert_alive(self, last=1):
        answer = self.server.ask_over_tls(f"/nic/update?hostname={HOST}&myip=198.51.100.{last}", self.server.basic(), source="127.0.0.77")
        self.assertEqual(answer[0], 200)
        self.assertEqual(records(self.server, HOST, "A"), [f"198.51.100.{last}"])

    def test_garbage(self):
        chance = random.Random(SEED)
        hello = client_hello()
        for n in range(ROUNDS):
            sent = bytearray(hello if n % 2 else chance.randbytes(chance.randrange(1, 600)))
            for _ in range(chance.randrange(0, 6)):
                sent[chance.randrange(len(sent))] = chance.randrange(256)
            with self.connect(f"127.0.1.{n % 250 + 1}") as s:
                quietly(s.sendall, sent)
                quietly(s.shutdown, socket.SHUT_WR)
                while quietly(s.recv, 65536):
                    pass
        for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 65536, b"\x16\x03\x01\xff\xff" + b"\0" * 70000, b"\x80\x2e\x01\x00\x02" + b"\0" * 41):
            with self.connect("127.0.3.1") as s:
                quietly(s.sendall, sent)
                quietly(s.shutdown, socket.SHUT_WR)
                while quietly(s.recv, 65536):
                    pass
        self.assert_alive()

    def test_resets_by_the_hundred(self):
        hello = client_hello()
        for n in range(ROUNDS):
            s = self.connect(f"127.0.1.{n % 250 + 1}")
            quietly(s.sendall, hello[:n * 7 % len(hello)])
            if n % 3 == 0:  # some of them when the server has answered, or has begun to
                quietly(s.sendall, hello[n * 7 % len(hello):])
                quietly(s.recv, 1)
            quietly(s.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            quietly(s.close)
        for n in range(20):  # and after the handshake, with a request under way
            s = quietly(self.server.dial)
            if s is None:
                continue
            quietly(s.sendall, b"GET /ip HTTP/1.1\r\n" + b"\r\n" * (n % 2))
            quietly(s.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            quietly(s.close)
        self.assert_alive()

    def test_handshakes_that_stop_half_way_by_the_hundred(self):
        hello = client_hello()
        slow = []
        self.addCleanup(lambda: [quietly(s.close) for s in slow])
        for n in range(300):
            s = self.connect(f"127.0.2.{n // 50 + 1}")
            quietly(s.sendall, hello[:n % len(hello)])
            slow.append(s)
        for n in range(10):
            self.assert_alive(n + 1)
        for s in slow:  # and then their time is over
            s.settimeout(PATIENCE)
            while True:
                try:
                    if not s.recv(65536):
                        break
                except TimeoutError:
                    self.fail("a handshake without an end was waited for")
                except OSError:
                    break
        self.assert_alive()

    def test_a_client_with_too_many_connections_is_alone_with_that(self):
        many = []
        self.addCleanup(lambda: [quietly(s.close) for s in many])
        for _ in range(200):
            many.append(self.connect("127.0.0.88"))
        many[-1].settimeout(PATIENCE)
        self.assertFalse(quietly(many[-1].recv, 10))
        self.assert_alive()


if __name__ == "__main__":
    unittest.main()
