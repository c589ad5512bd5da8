#!/usr/bin/python3
"""SIGKILL at random moments under 256 outstanding updates, again and again.

After each start every acknowledged update is there, none is there by half, the journal leads from serial to serial without a
gap, and the database is sound. Then what was not answered is sent again, octet for octet: each is in force once after that,
whether it had come in time or not.

HOMING_TEST_ROUNDS=100 runs a hundred rounds instead of a few, HOMING_TEST_SEED other moments.
"""
import os
import random
import selectors
import shutil
import sqlite3
import struct
import tempfile
import threading
import unittest

import dns.name

from dns_client import Tcp, Udp, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, test_key
from tsig_wire import sign
from update_wire import ALL_TYPES, IN, NONE, message, rr

ZONE_NAME = "example.com."
KEY = test_key()
OUTSTANDING = 256
ROUNDS = int(os.environ.get("HOMING_TEST_ROUNDS", "20"))
SEED = int(os.environ.get("HOMING_TEST_SEED", "20240229"))


class Channels:
    """One UDP socket and four TCP connections, on which nothing waits for anything else."""

    def __init__(self, server):
        self.all = [Udp(server), *[Tcp(server) for _ in range(4)]]
        self.rest = dict.fromkeys(self.all, b"")
        self.selector = selectors.DefaultSelector()
        for channel in self.all:
            self.selector.register(channel.socket, selectors.EVENT_READ, channel)

    def send(self, number, wire):
        """Half of them by UDP."""
        self.all[number % 8 if number % 8 < len(self.all) else 0].send(wire)

    def receive(self):
        """Answers that are there, waiting for the first."""
        ready = self.selector.select(PATIENCE)
        if not ready:
            raise TimeoutError("no answer")
        return [answer for key, _ in ready for answer in self.take(key.data, key.data.socket.recv(65536))]

    def take(self, channel, octets):
        if isinstance(channel, Udp):
            return [octets]
        if not octets:
            raise ConnectionResetError
        answers, rest = [], self.rest[channel] + octets
        while len(rest) >= 2 and len(rest) >= 2 + struct.unpack(">H", rest[:2])[0]:
            end = 2 + struct.unpack(">H", rest[:2])[0]
            answers.append(rest[2:end])
            rest = rest[end:]
        self.rest[channel] = rest
        return answers

    def receive_rest(self):
        """What a server that is gone has said before that."""
        answers = []
        for channel in self.all:
            channel.socket.setblocking(False)
            errors = 0
            while errors < 2:   # one of a socket's errors speaks of what was sent, and answers lie behind it
                try:
                    answers += self.take(channel, channel.socket.recv(65536))
                except OSError:
                    errors += 1
        return answers

    def close(self):
        self.selector.close()
        for channel in self.all:
            channel.close()


class Round:
    """Updates, each of two names, from one start of the server to its end."""

    def __init__(self, server, prefix):
        self.server, self.prefix = server, prefix
        self.wires, self.acknowledged = [], set()

    def name(self, number, half):
        return f"{self.prefix}{number}-{half}"

    def make(self):
        """The next message: adds two names if the first is not in use."""
        number = len(self.wires)
        names = [self.name(number, half) for half in "ab"]
        records = [rr(name, ZONE_NAME, "A", IN, 60, struct.pack(">I", 0x0A000000 + number)) for name in names]
        unused = rr(names[0], ZONE_NAME, ALL_TYPES, NONE, 0)
        self.wires.append(sign(message(ZONE_NAME, [unused], records, ident=number & 0xFFFF), KEY)[0])
        return number

    def run(self, kill_after):
        """Keeps updates outstanding until the server is gone: it is killed after so many acknowledgements, from another
        thread, so that it comes at any moment of the exchange."""
        killer, due = threading.Thread(target=self.server.process.kill), kill_after
        channels, waiting = Channels(self.server), set()
        try:
            while True:
                while len(waiting) < OUTSTANDING:
                    number = self.make()
                    waiting.add(number)
                    channels.send(number, self.wires[number])
                self.take(channels.receive(), waiting)
                if due is not None and len(self.acknowledged) >= due:
                    due = None
                    killer.start()
        except ConnectionError:
            killer.join()
            self.take(channels.receive_rest(), waiting)
        finally:
            channels.close()

    def take(self, answers, waiting):
        for answer in answers:
            number = max(n for n in waiting if n & 0xFFFF == int.from_bytes(answer[:2], "big"))
            assert answer[3] & 15 == 0, f"update {number} failed: {answer.hex()}"
            waiting.remove(number)
            self.acknowledged.add(number)

    def states(self):
        """{number: how many of its two names are there}"""
        questions = [(number, half) for number in range(len(self.wires)) for half in "ab"]
        found = dict.fromkeys(range(len(self.wires)), 0)
        with Udp(self.server) as channel:
            for at in range(0, len(questions), 100):
                asked = questions[at:at + 100]
                for ident, question in enumerate(asked):
                    owner = dns.name.from_text(self.name(*question), dns.name.from_text(ZONE_NAME)).to_wire()
                    channel.send(struct.pack(">6H", ident, 0, 1, 0, 0, 0) + owner + b"\0\1\0\1")
                for _ in asked:
                    answer = channel.receive()
                    number = asked[int.from_bytes(answer[:2], "big")][0]
                    found[number] += int.from_bytes(answer[6:8], "big")
        return found

    def send_again(self):
        """What was not answered, octet for octet. Returns how many those are."""
        doubtful = [n for n in range(len(self.wires)) if n not in self.acknowledged]
        with Tcp(self.server) as channel:
            channel.send(*[self.wires[number] for number in doubtful])
            for _ in doubtful:
                answer = channel.receive()
                assert answer[3] & 15 == 0, f"again: {answer.hex()}"
        return len(doubtful)


class CrashTest(unittest.TestCase):
    def test_kills_under_load(self):
        moments = random.Random(SEED)
        server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])])
        self.addCleanup(server.close)
        server.start()
        updates = doubtful = 0
        for number in range(ROUNDS):
            before = serial_of(server, ZONE_NAME)
            load = Round(server, f"r{number}-")
            load.run(moments.choice([1, moments.randint(1, 300), moments.randint(1, 2000)]))
            server.kill()
            with self.subTest(round=number, seed=SEED):
                self.check_database(server.data)
                server.start()
                there = self.check_states(load)
                self.assertEqual(serial_of(server, ZONE_NAME), before + there, "one step of the serial for each update")
                doubtful += load.send_again()
                self.assertEqual(set(load.states().values()), {2})
                self.assertEqual(serial_of(server, ZONE_NAME), before + len(load.wires), "each once")
            updates += len(load.wires)
        self.assertEqual(server.stop(), 0)
        self.check_database(server.data)
        print(f"{ROUNDS} kills, {updates} updates, {doubtful} of them in doubt")

    def check_states(self, load):
        """How many updates are there. All that were acknowledged are, and none is by half."""
        states = load.states()
        self.assertEqual([n for n in load.acknowledged if states[n] != 2], [], "acknowledged and not there")
        self.assertEqual([n for n, count in states.items() if count == 1], [], "there by half")
        return sum(count == 2 for count in states.values())

    def check_database(self, data):
        """On a copy, so that it is homing who recovers the original."""
        copy = tempfile.mkdtemp(prefix="homing-crash-")
        try:
            for name in ("homing.db", "homing.db-wal"):
                if os.path.exists(os.path.join(data, name)):
                    shutil.copy(os.path.join(data, name), copy)
            connection = sqlite3.connect(os.path.join(copy, "homing.db"))
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            steps = connection.execute("SELECT serial_from, serial_to FROM journal WHERE kind = 1 ORDER BY number").fetchall()
            connection.close()
            self.assertEqual([b for (_, a), (b, _) in zip(steps, steps[1:]) if a != b], [], "a gap in the journal")
            self.assertTrue(all(b == a + 1 for a, b in steps), "a step of more than one")
        finally:
            shutil.rmtree(copy)


if __name__ == "__main__":
    unittest.main()
