#!/usr/bin/python3
"""docs/own-domain.md from its first command to its last, on a machine that the test makes up: a network with port 53, the public address, and BIND for
the root and com. What would install and start something there (./dev, apt, systemctl) is played by stand-ins; the package itself is tried by ./dev
test-package."""
import os
import re
import stat
import subprocess
import tempfile
import unittest

import own_namespace

own_namespace.enter("net")

from document_session import commands_of, is_like, leveled   # noqa: E402
from doctor_test import PARENT, PUBLIC, parent, setUpModule   # noqa: E402,F401
from homing_server import PATIENCE, HomingServer, binary   # noqa: E402

DOCUMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


def read(name):
    with open(os.path.join(DOCUMENTS, name), encoding="utf-8") as file:
        return file.read()


class GuideTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.configuration = self.write("homing.toml", "")
        self.server = HomingServer(listen=(), environment={"HOMING_CONFIG": self.configuration, "HOMING_RESOLVER": PARENT})
        self.addCleanup(self.server.close)
        os.mkdir(os.path.join(self.directory, "bin"))
        for words in ("./dev package", "apt install ./build/package/homing_*.deb"):
            program, *rest = words.split(" ")
            path = self.write(program if program.startswith("./") else f"bin/{program}",
                              f'#!/bin/bash\n[[ "$*" == {" ".join(rest).replace(" ", chr(92) + " ")} ]]\n')
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_one(self, command):
        command = command.replace("/etc/homing/homing.toml", self.configuration)
        environment = {**self.server.environ(),
                       "PATH": f"{self.directory}/bin:{os.path.dirname(binary())}:{os.environ['PATH']}"}
        return subprocess.run(["bash", "-c", command], cwd=self.directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE).stdout.replace(self.server.data, "/var/lib/homing")

    def test_own_domain(self):
        commands = commands_of(read("own-domain.md"))
        self.assertGreater(len(commands), 12)
        world = parent()
        self.addCleanup(world.close)
        for command, shown in commands:
            with self.subTest(command):
                if command.startswith("cat "):    # what the reader is to write
                    self.write("homing.toml", shown + "\n")
                if command == "systemctl enable --now homing":
                    self.server.start()
                    world.start()                 # and the registrar does its part
                    continue
                said = self.run_one(command)
                if not is_like(said, shown):
                    self.assertEqual(leveled(said), leveled(shown), command)

    def test_configuration(self):
        for command, shown in commands_of(read("configuration.md")):
            if command == "cat homing.toml":
                self.write("homing.toml", shown + "\n")
            said = self.run_one(command)
            if not is_like(said, shown):
                self.assertEqual(leveled(said), leveled(shown), command)

    def test_the_version_in_the_name_of_the_package(self):
        version = self.server.cli("version").split()[1]
        self.assertEqual(set(re.findall(r"homing_([0-9.]+)_amd64\.deb", read("own-domain.md"))), {version})


if __name__ == "__main__":
    unittest.main()
