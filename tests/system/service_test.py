#!/usr/bin/python3
"""The systemd unit: valid, hardened, and told when the server is ready."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from homing_server import PATIENCE, HomingServer, binary

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class NoticeTest(unittest.TestCase):
    def test_whoever_started_it_hears_when_it_is_ready_and_when_it_stops(self):
        with tempfile.TemporaryDirectory() as directory:
            for address in (os.path.join(directory, "notify"), f"@homing-test-{os.getpid()}"):
                with self.subTest(address), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
                    listener.bind(address.replace("@", "\0"))
                    listener.settimeout(PATIENCE)
                    server = HomingServer(environment={"NOTIFY_SOCKET": address})
                    self.addCleanup(server.close)
                    server.launch()
                    self.assertEqual(listener.recv(100), b"READY=1")
                    server.stop()
                    self.assertEqual(listener.recv(100), b"STOPPING=1")

    def test_a_socket_that_is_not_there_does_no_harm(self):
        for address in ("/not/there", "@not-there", "nonsense", "/" + 200 * "a"):
            server = HomingServer(environment={"NOTIFY_SOCKET": address})
            self.addCleanup(server.close)
            server.start()
            self.assertEqual(server.stop(), 0)


@unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze here")
class UnitTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        with open(os.path.join(ROOT, "packaging", "homing.service.in"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace("@BIN@", os.path.dirname(binary())).replace("@DOC@", "/usr/share/doc/homing")
        self.unit = os.path.join(self.directory.name, "homing.service")
        with open(self.unit, "w", encoding="utf-8") as file:
            file.write(text)

    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=PATIENCE, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning", "SYSTEMD_PAGER": ""})

    def test_it_is_valid(self):
        done = self.analyze("verify", "--man=no", "--recursive-errors=no", self.unit)
        if "Failed to initialize manager" in done.stdout or "Failed to load" in done.stdout:
            self.skipTest(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("homing.service", done.stdout)

    def test_it_is_hardened(self):
        done = self.analyze("security", "--offline=true", "--threshold=20", "--no-pager", self.unit)
        if "unrecognized option" in done.stdout:
            self.skipTest("this systemd-analyze cannot look at a file")
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
