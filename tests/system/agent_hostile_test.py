#!/usr/bin/python3
"""An agent and a server that is not what it should be: malformed replies, forged ones, replies from somebody else, silence over UDP, another clock."""
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from own_namespace import enter

enter("net")

import dns.message  # noqa: E402
import dns.opcode  # noqa: E402
import dns.rrset  # noqa: E402

from agent_network import HOST, Agent, agent_alone, prepare_vps  # noqa: E402
from homing_server import PATIENCE, test_key, write_private  # noqa: E402
from own_namespace import run_or_skip  # noqa: E402
from tsig_wire import BADTIME, Tsig, add_record, digest, split_reply  # noqa: E402

prepare_vps()
run_or_skip("ip", "link", "add", "pub0", "type", "veth", "peer", "name", "pub1")
run_or_skip("ip", "link", "set", "pub0", "up")
run_or_skip("ip", "link", "set", "pub1", "up")
run_or_skip("ip", "addr", "add", "203.0.113.1/32", "dev", "pub0")

KEY = test_key(name="home.key.")
NOTAUTH = 9


def bare_reply(request, rcode=0):
    """Header and question of a message without its TSIG."""
    message, _ = split_reply(request)
    flags = struct.unpack(">H", message[2:4])[0] & 0x7900 | 0x8400 | rcode
    question_end = message.index(b"\0", 12) + 5
    return message[:2] + struct.pack(">5H", flags, 1, 0, 0, 0) + message[12:question_end]


def signed(reply, request, key=KEY, when=None, error=0, other=b""):
    """A reply as RFC 8945 5.3 wants it."""
    _, asked = split_reply(request)
    tsig = Tsig(key.name, asked.algorithm, int(time.time()) if when is None else when, 300, b"", struct.unpack(">H", request[:2])[0], error, other)
    prior = struct.pack(">H", len(asked.mac)) + asked.mac
    tsig.mac = digest(key, prior + reply + tsig.variables())
    return add_record(reply, tsig.to_wire())


class Pretender:
    """A server on 127.0.0.1, over UDP and TCP. `answer(request, is_update)` gives the replies to a message, in order; None stands for one from
    another port."""

    def __init__(self, answer, over_udp=True):
        self.answer, self.over_udp = answer, over_udp
        self.requests, self.failures = [], []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other.bind(("127.0.0.1", 0))
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self.serve_udp, self.serve_tcp)]
        for thread in self.threads:
            thread.start()

    def replies(self, request):
        self.requests.append(request)
        if (request[2] >> 3 & 15) == dns.opcode.UPDATE:
            return self.answer(request)
        asked = dns.message.from_wire(request)
        reply = dns.message.make_response(asked)
        if asked.question[0].rdtype == 6:
            reply.authority.append(dns.rrset.from_text("example.com.", 60, "IN", "SOA", "ns1.example.com. a. 1 2 3 4 5"))
        return [reply.to_wire()]

    def serve_udp(self):
        try:
            while True:
                request, peer = self.udp.recvfrom(65536)
                if not self.over_udp and (request[2] >> 3 & 15) == dns.opcode.UPDATE:
                    self.requests.append(request)
                    continue
                for reply in self.replies(request):
                    if reply is None:
                        self.other.sendto(signed(bare_reply(request), request), peer)
                    else:
                        self.udp.sendto(reply, peer)
        except Exception as error:   # told by the test; or the socket was closed
            self.failures.append(error)

    def serve_tcp(self):
        try:
            while True:
                connection, _ = self.tcp.accept()
                with connection:
                    octets = b""
                    while len(octets) < 2 or len(octets) < 2 + struct.unpack(">H", octets[:2])[0]:
                        more = connection.recv(65536)
                        if not more:
                            break
                        octets += more
                    else:
                        for reply in self.replies(octets[2:]):
                            if reply is not None:
                                connection.sendall(struct.pack(">H", len(reply)) + reply)
        except Exception as error:
            self.failures.append(error)

    def close(self):
        for one in (self.udp, self.tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        self.other.close()
        for thread in self.threads:
            thread.join(PATIENCE)

    def updates(self):
        return [r for r in self.requests if (r[2] >> 3 & 15) == dns.opcode.UPDATE]


class HostileTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="homing-agent-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.key_file = write_private(self.directory, "key", KEY.line + "\n")

    def run_agent(self, answer, *words, program=None, over_udp=True):
        """(the agent that has done its work, what the pretender got)"""
        pretender = Pretender(answer, over_udp)
        self.addCleanup(pretender.close)
        agent = Agent(None, "--host", HOST, "--key-file", self.key_file, "--interface", "pub0", "--ipv4", "--server",
                      f"127.0.0.1:{pretender.port}", *words, program=program)
        self.addCleanup(agent.close)
        return agent, pretender

    def test_bad_replies_before_the_good_one(self):
        def answer(request):
            good = signed(bare_reply(request), request)
            stranger = test_key(name="home.key.", secret="YW5vdGhlciBzZWNyZXQ=")
            wrong_id = bytes([good[0] ^ 1]) + good[1:]
            bad = [b"", b"\0", good[:11], good[:-1], good + b"\0", good[:-20] + bytes([good[-20] ^ 1]) + good[-19:], bytes(4000),
                   b"\xff" * 600, good[:4] + b"\xff\xff" + good[6:], wrong_id, bare_reply(request), signed(bare_reply(request), request, stranger),
                   good[:12] + b"\xc0\x0c" + good[12:], request, None]
            return bad * 3 + [good]
        for program in filter(None, (None, agent_alone())):
            agent, pretender = self.run_agent(answer, "--once", program=program)
            self.assertEqual(agent.process.wait(PATIENCE), 0, (agent.log.text(), pretender.failures))
            agent.log.wait_until_closed()
            log = agent.log.text().splitlines()
            self.assertEqual(len([line for line in log if "is ignored" in line]), 4, log)   # malformed, another's, another question's, wrongly signed
            self.assertIn("is at 203.0.113.1", log[-1])
            self.assertEqual(len(log), 5)

    def test_errors_that_anybody_can_send(self):
        """REFUSED without a signature over UDP is asked about over TCP, where the server has no objection."""
        seen = []

        def answer(request):
            seen.append(request)
            return [bare_reply(request, 5)] if len(seen) == 1 else [signed(bare_reply(request), request)]
        agent, _ = self.run_agent(answer, "--once")
        self.assertEqual(agent.process.wait(PATIENCE), 0, agent.log.text())
        self.assertEqual(len(seen), 2)
        self.assertEqual(seen[0], seen[1])   # the same octets

    def test_silence_over_udp(self):
        """Updates are not answered there."""
        agent, pretender = self.run_agent(lambda request: [signed(bare_reply(request), request)], over_udp=False)
        agent.wait_for("is at 203.0.113.1")
        updates = pretender.updates()
        self.assertGreater(len(updates), 2)
        self.assertEqual(len(set(updates)), 1)   # the same octets each time
        self.assertEqual(agent.end(), 0)

    def test_another_clock(self):
        """The server's clock is a day ahead of ours, or behind: it says so, signed, and its time counts from then on."""
        for off in (86400, -86400):
            def answer(request, off=off):
                now = int(time.time()) + off
                _, tsig = split_reply(request)
                if abs(tsig.time - now) <= 300:
                    return [signed(bare_reply(request), request, when=now)]
                return [signed(bare_reply(request, NOTAUTH), request, when=tsig.time, error=BADTIME, other=now.to_bytes(6, "big"))]
            agent, pretender = self.run_agent(answer)
            agent.wait_for("is at 203.0.113.1")
            self.assertEqual(len(agent.log.find("clock")), 1)
            subprocess.run(["ip", "addr", "add", "203.0.113.2/32", "dev", "pub0"], check=True)
            subprocess.run(["ip", "addr", "del", "203.0.113.1/32", "dev", "pub0"], check=True)
            try:
                agent.wait_for("is at 203.0.113.2")
                self.assertEqual(len(set(pretender.updates())), 3)   # some perhaps twice
            finally:
                agent.close()
                subprocess.run(["ip", "addr", "add", "203.0.113.1/32", "dev", "pub0"], check=True)
                subprocess.run(["ip", "addr", "del", "203.0.113.2/32", "dev", "pub0"], check=True)

    def test_a_key_file_for_everybody(self):
        os.chmod(self.key_file, 0o644)
        agent, _ = self.run_agent(lambda request: [])
        self.assertEqual(agent.process.wait(PATIENCE), 2)
        agent.log.wait_until_closed()
        self.assertIn("chmod 600", agent.log.text())


if __name__ == "__main__":
    unittest.main()
