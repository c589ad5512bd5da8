#!/usr/bin/python3
"""The network between a primary and its secondaries is cut, changes go on, and it heals: in a network of its own, which can be cut."""
import own_namespace

own_namespace.enter("net")

import json
import time
import unittest

from homing_server import PATIENCE, ZONE, HomingServer
from secondary_servers import Knot, Nsd


class NetworkCutTest(unittest.TestCase):
    def setUp(self):
        own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
        self.primary = HomingServer(zones={"example.com.": ZONE})
        self.addCleanup(self.primary.close)
        self.primary.start()

    def set_address(self, address):
        """By the control socket, which is no network. Returns the serial."""
        said = self.primary.cli("record", "set", "www.example.com", "60", "A", address)
        return int(said.split()[-1])

    def status(self):
        return json.loads(self.primary.cli("status", "--json"))["secondaries"]

    def wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition(self.status()):
            self.assertLess(time.monotonic(), deadline, self.status())

    def test_changes_during_a_cut_arrive_when_it_is_over(self):
        secondaries = [Knot(self.primary), Nsd(self.primary, ["example.com."])]
        for s in secondaries:
            self.addCleanup(s.close)
            s.start()
            s.wait_for_serial("example.com.", 1)
        self.wait_for(lambda all_of_them: all(s["behind"] == 0 for s in all_of_them))
        own_namespace.run_or_skip("ip", "link", "set", "lo", "down")
        for i in range(20):
            serial = self.set_address(f"192.0.2.{i + 1}")
        self.wait_for(lambda all_of_them: all(s["behind"] == 1 and s["unanswered"] > 0 for s in all_of_them))
        own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
        for s in secondaries:
            s.wait_for_serial("example.com.", serial)
        self.wait_for(lambda all_of_them: all(s["behind"] == 0 for s in all_of_them))


if __name__ == "__main__":
    unittest.main()
