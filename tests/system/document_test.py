#!/usr/bin/python3
"""What the documents show is what happens."""
import os
import tempfile
import unittest

from document_session import commands_of, is_like, leveled, run
from homing_server import HomingServer

DOCUMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


class DocumentTest(unittest.TestCase):
    def check(self, name):
        with open(os.path.join(DOCUMENTS, name), encoding="utf-8") as file:
            commands = commands_of(file.read())
        self.assertGreater(len(commands), 5)
        with tempfile.TemporaryDirectory() as directory, HomingServer() as server:
            server.cli("zone", "add", "made.first.example")   # so that there is a store to serve
            server.start()
            for command, printed in commands:
                said = run(command, server, directory)
                if not is_like(said, printed):
                    self.assertEqual(leveled(said), leveled(printed), command)

    def test_rights(self):
        self.check("rights.md")

    def test_updates(self):
        self.check("updates.md")


if __name__ == "__main__":
    unittest.main()
