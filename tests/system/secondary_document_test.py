#!/usr/bin/python3
"""The guide to a second name server, command by command, with a real Knot DNS."""
import os
import signal
import subprocess
import tempfile
import unittest

from document_session import commands_of, leveled, run
from homing_server import HomingServer
from peer_servers import free_port

GUIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "secondary.md")


class GuideTest(unittest.TestCase):
    def setUp(self):
        self.pids, self.knot_log = [], ""
        self.addCleanup(self.end)

    @staticmethod
    def read(directory, name):
        try:
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def end(self):
        for pid in self.pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def test_the_guide(self):
        with open(GUIDE, encoding="utf-8") as file:
            commands = commands_of(file.read())
        self.assertGreater(len(commands), 14)
        for last_time in (False, False, True):
            try:
                return self.follow(commands)
            except (AssertionError, subprocess.TimeoutExpired):   # perhaps somebody else took the port that was free
                if last_time or "bind" not in self.knot_log:
                    raise
                self.end()

    def follow(self, commands):
        with tempfile.TemporaryDirectory() as directory, HomingServer() as server:
            server.cli("zone", "add", "made.first.example")   # so that there is a store to serve
            server.start()
            there = free_port()
            for command, printed in commands:
                self.knot_log = self.read(directory, "knot.log")
                text = run(command.replace("5300", str(server.port)).replace("5301", str(there)), server, directory)
                text = text.replace(f":{there}", ":5301")
                self.assertEqual(leveled(text), leveled(printed), command)
                if "knot.pid" in command:
                    self.pids.append(int(self.read(directory, "knot.pid")))
            self.end()


if __name__ == "__main__":
    unittest.main()
