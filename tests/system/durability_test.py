#!/usr/bin/python3
"""SIGKILL after what the command line did, and while nothing happens. (In the midst of updates: crash_test.py.)"""
import glob
import os
import unittest

from dns_client import make_update, records, send_update
from homing_server import ZONE, HomingServer, test_key

ZONE_NAME = "example.com."
KEY = test_key()


def databases(directory):
    """The SQLite files below a directory, by what stands at their beginning."""
    for path in glob.glob(os.path.join(directory, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                if file.read(15) == b"SQLite format 3":
                    yield path


class DurabilityTest(unittest.TestCase):
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
