#!/usr/bin/python3
"""A query sent right after an update's acknowledgement, on any socket, sees the change: the promise of this server.

The kernel spreads sockets over the workers by their ports, so that many sockets reach all of them.
"""
import threading
import unittest

from dns_client import Tcp, Udp
from homing_server import ZONE, HomingServer, test_key
from tsig_wire import sign
from update_wire import ANY, IN, message, rr

import dns.message

ZONE_NAME = "example.com."
KEY = test_key()


def address(number):
    return bytes([10, number >> 16 & 255, number >> 8 & 255, number & 255])


def move(owner, number):
    return sign(message(ZONE_NAME, (), [rr(owner, ZONE_NAME, "A", ANY, 0), rr(owner, ZONE_NAME, "A", IN, 60, address(number))]), KEY)[0]


def question(owner):
    return dns.message.make_query(f"{owner}.{ZONE_NAME}", "A", flags=0).to_wire()


class VisibilityTest(unittest.TestCase):
    def setUp(self):
        self.server = HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])], arguments=("--workers", "4"))
        self.addCleanup(self.server.close)
        self.server.start()

    def check(self, updaters, rounds):
        observers = [Udp(self.server) for _ in range(16)] + [Tcp(self.server) for _ in range(4)]
        try:
            asked = question("mover")
            for number in range(rounds):
                updater = updaters[number % len(updaters)]
                reply = updater.exchange(move("mover", number))
                self.assertEqual(reply[3] & 15, 0)
                for observer in observers:
                    observer.send(asked)
                for place, observer in enumerate(observers):
                    self.assertEqual(observer.receive()[-4:], address(number), f"round {number}, observer {place}")
        finally:
            for channel in (*observers, *updaters):
                channel.close()

    def test_after_an_acknowledgement_by_udp(self):
        self.check([Udp(self.server) for _ in range(8)], 200)

    def test_after_an_acknowledgement_by_tcp(self):
        self.check([Tcp(self.server) for _ in range(8)], 200)

    def test_while_others_update_too(self):
        """Each client moves a name of its own and sees its own writes, while all others do the same."""
        failures = []

        def run(client, channel_class):
            try:
                with channel_class(self.server) as updater, Udp(self.server) as udp, Tcp(self.server) as tcp:
                    owner = f"client{client}"
                    for number in range(100):
                        self.assertEqual(updater.exchange(move(owner, number))[3] & 15, 0)
                        for observer in (udp, tcp):
                            self.assertEqual(observer.exchange(question(owner))[-4:], address(number))
            except Exception as error:   # told below
                failures.append(error)

        threads = [threading.Thread(target=run, args=(i, (Udp, Tcp)[i % 2])) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    unittest.main()
