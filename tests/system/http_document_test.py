#!/usr/bin/python3
"""The commands of docs/hosts.md and docs/http-api.md, run: those of homing as they are, those of curl at the addresses that the test has."""
import os
import re
import shlex
import subprocess
import unittest

from homing_server import PATIENCE, binary
from http_host import HOST
from tls_host import TlsServer

DOCUMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


def commands_of(name):
    """What stands in indented blocks, whole lines that end with a backslash put together."""
    with open(os.path.join(DOCUMENTS, name), encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    return [line.strip() for line in re.findall(r"^    (\S.*)$", text, re.M)]


class DocumentTest(unittest.TestCase):
    def setUp(self):
        self.server = TlsServer(hosts=())
        self.addCleanup(self.server.close)
        self.server.start()

    def run_one(self, command):
        command = command.replace("https://ns1.example.com", f"https://localhost:{self.server.https_port}").replace("/var/lib/homing", self.server.data)
        environment = {**self.server.environ(), "PATH": os.path.dirname(binary()) + ":" + os.environ["PATH"],
                       "TOKEN": self.token, "CURL_CA_BUNDLE": self.server.own_certificate}
        return subprocess.run(["bash", "-c", command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=PATIENCE)

    def assert_done(self, done, command):
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")

    def test_the_api(self):
        self.token = self.server.cli("token", "add", "test").strip()
        commands = commands_of("http-api.md")
        self.assertEqual(sum(c.startswith("curl ") for c in commands), 4)
        for command in commands:
            done = self.run_one(command)
            self.assert_done(done, command)
            if command.startswith("curl ") and " PUT " not in command:
                self.assertIn('"items":', done.stdout, command)
        self.assertEqual(self.server.addresses("www.example.com"), ["203.0.113.9"])
        self.assertNotIn("backup", self.server.cli("token", "list"))

    def test_hosts(self):
        self.token = ""
        pin = self.server.log.wait_for(r"pin (sha256//\S+)")[1]
        seen = set()
        for command in commands_of("hosts.md"):
            if command.startswith("homing serve"):  # the words are ones that it knows
                words = [w for w in shlex.split(command)[2:] if w.startswith("--")]
                help_text = self.server.cli("serve", "--help")
                self.assertEqual([w for w in words if w not in help_text], [])
                continue
            if command.startswith("homing host rotate"):
                continue  # its password would be another one
            password = self.server.password_of(HOST) if HOST in self.server.cli("host", "list") else ""
            done = self.run_one(command.replace("PASSWORD", password).replace("sha256//...", pin))
            if "myip" in command or not command.startswith("curl"):
                self.assert_done(done, command)
            else:
                self.assertIn("dnserr", done.stdout)  # its address is this machine's own here
            seen.add(command.split()[0])
        self.assertEqual(seen, {"homing", "curl"})
        self.assertEqual(self.server.addresses(), ["203.0.113.9"])
        self.assertEqual(self.server.addresses(rrtype="AAAA"), ["2001:db8::9"])


if __name__ == "__main__":
    unittest.main()
