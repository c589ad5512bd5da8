#!/usr/bin/python3
"""Clients that race for the same name with prerequisites: exactly one wins each round (RFC 2136, 2.4)."""
import collections
import threading
import unittest

from dns_client import Tcp, Udp, records, serial_of
from homing_server import ZONE, make_server, test_key
from tsig_wire import sign
from update_wire import ALL_TYPES, ANY, IN, NONE, message, rr

ZONE_NAME = "example.com."
KEY = test_key()
NOERROR, YXDOMAIN, NXRRSET = 0, 6, 8


class Racers:
    """Threads that each send one message per round, all at the same moment, and collect the RCODEs."""

    def __init__(self, server, channels, rounds, make_message):
        self.rounds, self.make_message = rounds, make_message
        self.results = [collections.Counter() for _ in range(rounds)]
        self.winners = [[] for _ in range(rounds)]
        self.errors = []
        self._start, self._lock = threading.Barrier(len(channels)), threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(server, channel, i)) for i, channel in enumerate(channels)]

    def run(self):
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
        return self

    def _run(self, server, channel_class, racer):
        try:
            with channel_class(server) as channel:
                for number in range(self.rounds):
                    wire = self.make_message(number, racer)
                    self._start.wait()
                    rcode = channel.exchange(wire)[3] & 15
                    with self._lock:
                        self.results[number][rcode] += 1
                        if rcode == NOERROR:
                            self.winners[number].append(racer)
        except Exception as error:   # told by run()
            self.errors.append(error)
            self._start.abort()


class RaceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = make_server({ZONE_NAME: ZONE}, [(KEY, ["*"])])

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def check(self, channels, rounds, make_message, loser):
        before = serial_of(self.server, ZONE_NAME)
        race = Racers(self.server, channels, rounds, make_message).run()
        for number, result in enumerate(race.results):
            self.assertEqual(dict(result), {NOERROR: 1, loser: len(channels) - 1}, f"round {number}")
        self.assertEqual(serial_of(self.server, ZONE_NAME), before + rounds)
        return race

    def test_two_clients_count_together(self):
        """Each says: if the counter is n, make it n + 1 and note my name."""
        def step(number, racer):
            old, new = f'"{number}"', f'"{number + 1}"'
            return sign(message(ZONE_NAME, [rr("counter", ZONE_NAME, "TXT", IN, 0, old)],
                                [rr("counter", ZONE_NAME, "TXT", NONE, 0, old), rr("counter", ZONE_NAME, "TXT", IN, 60, new),
                                 rr(f"winner{number}", ZONE_NAME, "TXT", IN, 60, f'"{racer}"')]), KEY)[0]

        first = sign(message(ZONE_NAME, (), [rr("counter", ZONE_NAME, "TXT", IN, 60, '"0"')]), KEY)[0]
        with Udp(self.server) as socket:
            self.assertEqual(socket.exchange(first)[3] & 15, NOERROR)
        race = self.check([Udp, Tcp], 200, step, NXRRSET)
        self.assertEqual(records(self.server, f"counter.{ZONE_NAME}", "TXT"), ['"200"'])
        for number, winners in enumerate(race.winners):
            self.assertEqual(records(self.server, f"winner{number}.{ZONE_NAME}", "TXT"), [f'"{winners[0]}"'])

    def test_eight_clients_claim_a_name(self):
        def claim(number, racer):
            return sign(message(ZONE_NAME, [rr(f"claim{number}", ZONE_NAME, ALL_TYPES, NONE, 0)],
                                [rr(f"claim{number}", ZONE_NAME, "A", IN, 60, f"192.0.2.{racer}")]), KEY)[0]

        race = self.check([Udp, Tcp] * 4, 60, claim, YXDOMAIN)
        for number, winners in enumerate(race.winners):
            self.assertEqual(records(self.server, f"claim{number}.{ZONE_NAME}", "A"), [f"192.0.2.{winners[0]}"])

    def test_clients_that_do_not_meet_all_win(self):
        """Adding and deleting in names of their own: nobody fails, and the serial counts all."""
        def change(number, racer):
            owner = f"own{racer}"
            updates = [rr(owner, ZONE_NAME, "A", ANY, 0), rr(owner, ZONE_NAME, "A", IN, 60, f"192.0.2.{number}")]
            return sign(message(ZONE_NAME, (), updates), KEY)[0]

        before = serial_of(self.server, ZONE_NAME)
        race = Racers(self.server, [Udp, Tcp] * 3, 50, change).run()
        self.assertEqual([dict(result) for result in race.results], [{NOERROR: 6}] * 50)
        self.assertEqual(serial_of(self.server, ZONE_NAME), before + 300)
        for racer in range(6):
            self.assertEqual(records(self.server, f"own{racer}.{ZONE_NAME}", "A"), ["192.0.2.49"])


if __name__ == "__main__":
    unittest.main()
