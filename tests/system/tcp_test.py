#!/usr/bin/python3
"""DNS over TCP (RFC 7766): pipelining, many queries on a connection, big answers, and clients that behave badly."""
import contextlib
import os
import random
import resource
import select
import shlex
import signal
import socket
import struct
import tempfile
import threading
import unittest
import unittest.mock

import dns.message

from dns_client import Tcp, Udp, query, records
from homing_server import PATIENCE, ZONE, binary, make_server, test_key

IS_HOMING = os.environ.get("HOMING_TEST_SERVER", "homing") == "homing"
HOSTS = 500
HUGE = 240   # TXT records of 257 octets: 61 KiB
BIG_ZONE = (ZONE + "\n" + "\n".join(f"h{i} 60 A 10.0.{i >> 8}.{i & 255}" for i in range(HOSTS))
            + "\n" + "\n".join(f'huge 60 TXT "{i:04d}{"x" * 240}"' for i in range(HUGE)) + "\n")


def question(name, rrtype="A", ident=None):
    message = dns.message.make_query(f"{name}.example.com.", rrtype, flags=0)
    if ident is not None:
        message.id = ident
    return message.to_wire()


class TcpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        cls.server = make_server({"example.com.": BIG_ZONE}, [(test_key(), ["*"])])

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def assert_answer(self, wire, number):
        reply = dns.message.from_wire(wire)
        self.assertEqual([r.to_text() for r in reply.answer[0]], [f"10.0.{number >> 8}.{number & 255}"])

    def assert_alive(self):
        self.assertEqual(records(self.server, "h1.example.com.", "A"), ["10.0.0.1"])
        self.assertEqual(records(self.server, "h1.example.com.", "A", tcp=True), ["10.0.0.1"])

    # --- well-behaved clients ---------------------------------------------------------------------------------------

    def test_many_queries_one_after_the_other(self):
        with Tcp(self.server) as connection:
            for i in range(1000):
                self.assert_answer(connection.exchange(question(f"h{i % HOSTS}")), i % HOSTS)

    def test_many_queries_at_once(self):
        """A thousand queries are sent before an answer is read; each gets one, in whatever order."""
        with Tcp(self.server) as connection:
            connection.send(*[question(f"h{i % HOSTS}", ident=i) for i in range(1000)])
            waiting = set(range(1000))
            while waiting:
                reply = connection.receive()
                ident = struct.unpack(">H", reply[:2])[0]
                waiting.remove(ident)
                self.assert_answer(reply, ident % HOSTS)

    def test_errors_do_not_end_a_connection(self):
        with Tcp(self.server) as connection:
            for i, wire in enumerate((question("nothing"), struct.pack(">6H", 7, 0, 0, 0, 0, 0), question("h5", "TYPE65280"),
                                      struct.pack(">6H", 8, 0x1000, 1, 0, 0, 0) + b"\x00\x00\x01\x00\x01")):
                self.assertEqual(connection.exchange(wire)[:2], wire[:2], f"message {i}")
            self.assert_answer(connection.exchange(question("h7")), 7)

    def test_an_answer_of_61_kib(self):
        self.assertEqual(len(records(self.server, "huge.example.com.", "TXT", tcp=True)), HUGE)

    def test_big_answers_pipelined(self):
        """40 answers of 61 KiB are more than any socket buffer takes."""
        with Tcp(self.server) as connection:
            connection.send(*[question("huge", "TXT", ident=i) for i in range(40)])
            seen = set()
            for _ in range(40):
                reply = connection.receive()
                self.assertGreater(len(reply), 61_000)
                self.assertEqual(struct.unpack(">H", reply[6:8])[0], HUGE)
                seen.add(reply[:2])
            self.assertEqual(len(seen), 40)

    def test_several_connections_at_once(self):
        connections = [Tcp(self.server) for _ in range(50)]
        try:
            for i, connection in enumerate(connections):
                connection.send(question(f"h{i}"))
            for i, connection in reversed(list(enumerate(connections))):
                self.assert_answer(connection.receive(), i)
        finally:
            for connection in connections:
                connection.close()

    def test_closing_our_side_still_gets_the_answers(self):
        with Tcp(self.server) as connection:
            connection.send(*[question(f"h{i}") for i in range(20)])
            connection.socket.shutdown(socket.SHUT_WR)
            seen = 0
            while connection.receive() is not None:
                seen += 1
            self.assertEqual(seen, 20)

    def test_one_query_and_goodbye_at_once(self):
        with Tcp(self.server) as connection:
            with self.frozen():
                connection.send(question("h9"))
                connection.socket.shutdown(socket.SHUT_WR)
            self.assert_answer(connection.receive(), 9)
            self.assertIsNone(connection.receive())

    def test_connections_that_become_ready_at_the_same_time(self):
        """Some with one query, some with many, with a part of one, with a query and a part, or with a query and the end."""
        whole = [struct.pack(">H", len(wire)) + wire for wire in (question(f"h{i}") for i in range(HOSTS))]
        connections = []
        with self.frozen():
            for i in range(200):
                connection = Tcp(self.server)
                self.addCleanup(connection.close)
                connections.append(connection)
                kind = i % 5
                connection.send_octets({0: whole[i], 1: b"".join(whole[i:i + 80]), 2: whole[i][:9], 3: whole[i] + whole[i + 1][:1],
                                        4: whole[i]}[kind])
                if kind == 4:
                    connection.socket.shutdown(socket.SHUT_WR)
        for i, connection in enumerate(connections):
            kind = i % 5
            if kind == 2:
                connection.send_octets(whole[i][9:])
            for k in range(80 if kind == 1 else 1):
                self.assert_answer(connection.receive(), i + k)
            if kind == 3:
                connection.send_octets(whole[i + 1][1:])
                self.assert_answer(connection.receive(), i + 1)
            if kind == 4:
                self.assertIsNone(connection.receive())

    @contextlib.contextmanager
    def frozen(self):
        """What is sent meanwhile is all there when the server goes on."""
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server.process.send_signal(signal.SIGCONT)

    # --- messages in pieces -----------------------------------------------------------------------------------------

    def test_octet_by_octet(self):
        wire = question("h3")
        with Tcp(self.server) as connection:
            for octet in struct.pack(">H", len(wire)) + wire:
                connection.send_octets(bytes([octet]))
            self.assert_answer(connection.receive(), 3)

    def test_in_random_pieces(self):
        pieces = random.Random(7766)
        octets = b"".join(struct.pack(">H", len(w)) + w for w in (question(f"h{i}", ident=i) for i in range(200)))
        with Tcp(self.server) as connection:
            while octets:
                length = pieces.randint(1, 97)
                connection.send_octets(octets[:length])
                octets = octets[length:]
            idents = sorted(struct.unpack(">H", connection.receive()[:2])[0] for _ in range(200))
            self.assertEqual(idents, list(range(200)))

    def test_half_a_message_then_goodbye(self):
        wire = question("h3")
        for length in (0, 1, 2, 5, 13, len(wire) + 1):
            with Tcp(self.server) as connection:
                connection.send_octets((struct.pack(">H", len(wire)) + wire)[:length])
        self.assert_alive()

    def assert_passed_over(self, octets):
        """Either nothing happens, or the connection ends."""
        with Tcp(self.server) as connection:
            connection.send_octets(octets)
            try:
                reply = connection.exchange(question("h3"))
            except (BrokenPipeError, ConnectionResetError):
                reply = None
            if reply is not None:
                self.assert_answer(reply, 3)
        self.assert_alive()

    def test_a_message_without_octets(self):
        self.assert_passed_over(b"\x00\x00")

    def test_a_message_shorter_than_a_header(self):
        self.assert_passed_over(b"\x00\x05\x12\x34\x00\x00\x00")

    def test_a_message_of_65535_octets_of_rubbish(self):
        with Tcp(self.server) as connection:
            connection.send_octets(b"\xff\xff" + b"\x12\x34\x00\x00" + bytes(65531))
            reply = connection.receive()
            self.assertEqual(reply[:2], b"\x12\x34")
            self.assertEqual(reply[3] & 15, 1)

    # --- clients that behave badly ----------------------------------------------------------------------------------

    def test_connections_that_say_nothing_are_closed(self):
        """One that never said a word, one that stopped after a query, one that stopped within a message; the server
        closes each of them, in whatever time it allows."""
        with Tcp(self.server) as silent, Tcp(self.server) as once, Tcp(self.server) as half:
            self.assertIsNotNone(once.exchange(question("h1")))
            half.send_octets(b"\x00\x40\x12")
            for connection in (silent, once, half):
                self.assertIsNone(connection.receive())
        self.assert_alive()

    @unittest.skipUnless(IS_HOMING, "the others have other limits")
    def test_a_client_with_too_many_connections_does_not_lock_out_others(self):
        connections = []
        try:
            for _ in range(400):
                try:
                    connections.append(Tcp(self.server))
                except OSError:
                    break   # refused: that is an answer, too
            self.assert_alive_from("127.0.0.2")
            self.assertEqual(records(self.server, "h1.example.com.", "A"), ["10.0.0.1"])
        finally:
            for connection in connections:
                connection.close()
        self.assert_alive_again()

    @unittest.skipUnless(IS_HOMING, "the others have other limits")
    def test_half_messages_from_many_clients_do_not_lock_out_others(self):
        """Every connection that the server takes is held with half a message, by clients that each keep within their limit."""
        with tempfile.TemporaryDirectory() as directory:
            few_files = os.path.join(directory, "homing")
            with open(few_files, "w") as script:
                script.write(f'#!/bin/sh\nexec prlimit --nofile=250:250 {shlex.quote(binary())} "$@"\n')
            os.chmod(few_files, 0o700)
            with unittest.mock.patch.dict(os.environ, HOMING_BIN=few_files):
                server = make_server({"example.com.": BIG_ZONE})
        self.addCleanup(server.close)
        for i in range(300):
            try:
                connection = Tcp(server, source=f"127.0.1.{i % 20 + 1}")
                self.addCleanup(connection.close)
                connection.send_octets(b"\x00\x20half")
            except OSError:
                pass   # cut off already, for one of the next
        for i in range(20):
            with Tcp(server, source=f"127.0.2.{i + 1}") as connection:
                self.assert_answer(connection.exchange(question("h2")), 2)

    def assert_alive_from(self, source):
        with Tcp(self.server, source=source) as connection:
            self.assert_answer(connection.exchange(question("h2")), 2)

    def assert_alive_again(self):
        """The first address may connect again as soon as the server has seen its connections end."""
        for _ in range(200):
            with Tcp(self.server) as connection:
                try:
                    reply = connection.exchange(question("h2"))
                except (BrokenPipeError, ConnectionResetError):
                    continue
                if reply is not None:
                    return self.assert_answer(reply, 2)
        self.fail("the address stays locked out")

    def test_a_client_that_never_reads_its_answers(self):
        """It asks for 61 KiB again and again and reads nothing. The server stops reading from it, and serves the others."""
        with Tcp(self.server, patience=2) as deaf:
            try:
                for i in range(2000):
                    deaf.send(question("huge", "TXT", ident=i))
            except (socket.timeout, OSError):
                pass   # its buffers are full, or it has been cut off
            for _ in range(20):
                self.assert_alive()

    def test_waiting_for_a_client_that_reads_nothing_costs_nothing(self):
        """It has requests that are not read and replies that it does not take, until it is cut off."""
        with Tcp(self.server, patience=1) as deaf:
            try:
                while True:
                    deaf.send(*[question("huge", "TXT")] * 50)
            except (socket.timeout, OSError):
                pass
            before = self.cpu_seconds()
            ended = select.poll()
            ended.register(deaf.socket, 0)   # its end is told unasked
            self.assertTrue(ended.poll(PATIENCE * 1000))
            self.assertLess(self.cpu_seconds() - before, 2)

    def cpu_seconds(self):
        with open(f"/proc/{self.server.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_a_busy_connection_does_not_starve_the_others(self):
        """One is never without requests; others, and UDP, get their answers meanwhile."""
        stopping = threading.Event()
        answered = [0]

        def ask(connection):
            batch = [question(f"h{i}") for i in range(HOSTS)] * 4
            while not stopping.is_set():
                connection.send(*batch)

        def receive(connection):
            while connection.receive() is not None:
                answered[0] += 1

        with Tcp(self.server) as busy, Tcp(self.server) as other, Udp(self.server) as udp:
            threads = [threading.Thread(target=work, args=(busy,)) for work in (ask, receive)]
            for thread in threads:
                thread.start()
            try:
                for i in range(200):
                    self.assert_answer(other.exchange(question(f"h{i}")), i)
                    self.assert_answer(udp.exchange(question(f"h{i}", ident=i)), i)
                self.assertGreater(answered[0], 0)
            finally:
                stopping.set()
                threads[0].join()
                busy.socket.shutdown(socket.SHUT_WR)
                threads[1].join()

    def test_connections_that_are_reset(self):
        for i in range(100):
            connection = Tcp(self.server)
            connection.send(*[question(f"h{i}") for i in range(i % 5)])
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        self.assert_alive()

    def test_truncated_over_udp_then_whole_over_tcp(self):
        reply = query(self.server, "huge.example.com.", "TXT")
        self.assertTrue(reply.flags & dns.flags.TC)
        self.assertEqual(len(query(self.server, "huge.example.com.", "TXT", tcp=True).answer[0]), HUGE)


if __name__ == "__main__":
    unittest.main()
