#!/usr/bin/python3
"""A thousand updates, and SIGKILL in the midst of them again and again: what was acknowledged is there after the next
start, whole, and nothing is there by half."""
import glob
import os
import random
import sqlite3
import unittest

from dns_client import make_update, records, send_update, serial_of
from homing_server import ZONE, HomingServer, test_key
from update_load import UpdateLoad

ZONE_NAME = "example.com."
KEY = test_key()
UPDATES = 1000
SEED = int(os.environ.get("HOMING_TEST_SEED", "20240229"))


def databases(directory):
    """The SQLite files below a directory, by what stands at their beginning."""
    for path in glob.glob(os.path.join(directory, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                if file.read(15) == b"SQLite format 3":
                    yield path


class DurabilityTest(unittest.TestCase):
    def test_a_thousand_updates_interrupted_by_kill(self):
        moments = random.Random(SEED)
        with HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])]) as server:
            loads, total, rounds = [], 0, 0
            while total < UPDATES:
                rounds += 1
                server.start()
                before = serial_of(server, ZONE_NAME)
                load = UpdateLoad(server, ZONE_NAME, KEY, f"r{rounds}-", clients=moments.randint(1, 6),
                                  tcp_clients=moments.randint(0, 3), in_flight=moments.randint(1, 8)).start()
                load.wait_for_acknowledged(moments.randint(1, 120))
                server.kill()
                load.abandon()
                total += len(load.acknowledged)
                loads.append(load)
                self.check_after_kill(server, load, before)
            server.start()
            for load in loads:
                load.check(self)
            self.assertEqual(server.stop(), 0)
            self.check_databases(server)

    def check_after_kill(self, server, load, serial_before):
        server.start()
        with self.subTest(prefix=load.prefix, seed=SEED):
            load.check(self)
            there = len(load.acknowledged) + sum(load.state(n) == "whole" for n in load.in_doubt)
            self.assertEqual(serial_of(server, ZONE_NAME), serial_before + there, "one step of the serial for each update")
        server.kill()

    def check_databases(self, server):
        found = list(databases(server.data))
        self.assertTrue(found, f"no database in {server.data}")
        for path in found:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                self.assertEqual(connection.execute("PRAGMA integrity_check").fetchone(), ("ok",))

    def test_what_the_command_line_changed_survives_a_kill(self):
        with HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])]) as server:
            server.start()
            server.cli("record", "set", "cli.example.com", "60", "A", "192.0.2.9")
            server.cli("key", "add", "late.key", "--grant", "*", "--secret", KEY.secret)
            server.import_zone("late.example.", ZONE)
            server.kill()
            server.start()
            self.assertEqual(records(server, "cli.example.com", "A"), ["192.0.2.9"])
            self.assertEqual(records(server, "www.late.example", "A"), ["192.0.2.80"])
            update = make_update("late.example.", test_key(name="late.key."))
            update.add("by-late-key", 60, "A", "192.0.2.10")
            self.assertEqual(send_update(server, update).rcode(), 0)

    def test_a_kill_while_nothing_happens(self):
        with HomingServer(zones={ZONE_NAME: ZONE}, keys=[(KEY, ["*"])]) as server:
            for _ in range(5):
                server.start()
                self.assertEqual(records(server, "www.example.com", "A"), ["192.0.2.80"])
                server.kill()


if __name__ == "__main__":
    unittest.main()
