#!/usr/bin/python3
"""What docs/agent.md shows is what happens: its commands are run, in their order, on a machine with the address that it shows."""
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from own_namespace import enter

enter("net")

from agent_network import HOST, SERVER, ZONE, Agent, agent_alone, prepare_vps  # noqa: E402
from dns_client import records  # noqa: E402
from document_session import commands_of  # noqa: E402
from homing_server import PATIENCE, HomingServer, binary  # noqa: E402
from own_namespace import run_or_skip  # noqa: E402

prepare_vps()
run_or_skip("unshare", "--mount", "true")
run_or_skip("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "wan1")
run_or_skip("ip", "link", "set", "wan0", "up")
run_or_skip("ip", "link", "set", "wan1", "up")
run_or_skip("ip", "addr", "add", "203.0.113.7/32", "dev", "wan0")
# Here the server is on the same machine: its addresses are not to be taken for those of the home.
run_or_skip("ip", "addr", "del", f"{SERVER}/32", "dev", "lo")
run_or_skip("ip", "addr", "add", f"{SERVER}/32", "dev", "lo", "scope", "host")
run_or_skip("ip", "addr", "del", "2600:53::53/128", "dev", "lo")
run_or_skip("ip", "route", "replace", "local", SERVER, "dev", "lo", "table", "local", "src", "203.0.113.7")

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "agent.md")


class DocumentTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="homing-agent-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        with open(DOCUMENT, encoding="utf-8") as file:
            self.text = file.read()
        self.server = HomingServer(zones={"example.com": ZONE}, listen=(f"{SERVER}:53",))
        self.addCleanup(self.server.close)
        self.server.address = SERVER
        self.server.start()
        with open(self.path("resolv.conf"), "w", encoding="ascii") as file:
            file.write(f"nameserver {SERVER}\n")
        self.token = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def words(self, *command):
        """In the home: with a resolver that knows the server."""
        mount = f"mount --bind {self.path('resolv.conf')} /etc/resolv.conf && cd {self.directory} && exec \"$@\""
        return ["unshare", "--mount", "sh", "-c", mount, "sh", *command]

    def environment(self):
        return {**self.server.environ(), "PATH": os.path.dirname(binary()) + ":" + os.environ["PATH"]}

    def run_command(self, command):
        done = subprocess.run(self.words("bash", "-c", command), env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        return done.stdout.rstrip("\n")

    def run_for_good(self, command, printed):
        """An agent that does not end by itself: until it has said what the document says."""
        program, *words = shlex.split(command)
        if program == "homing":
            agent = Agent(self, *words[1:])
        else:
            agent = Agent(self, *words, program=agent_alone())
        self.addCleanup(agent.close)
        for line in printed.splitlines():
            agent.wait_for(re.escape(line.split(": ", 1)[1]))
        self.assertEqual(agent.end(), 0)

    def test_commands(self):
        commands = commands_of(self.text)
        self.assertGreater(len(commands), 10)
        for command, printed in commands:
            with self.subTest(command):
                if command.startswith("homing-agent") and agent_alone() is None:
                    continue
                command = command.replace("hj1-TOKEN", self.token or "hj1-TOKEN")
                is_agent = command.split()[0] == "homing-agent" or command.startswith("homing agent")
                if is_agent and "--once" not in command:
                    self.run_for_good(command, printed)
                    continue
                got = self.run_command(command)
                if self.token is None and (made := re.search(r"hj1-[\w-]+", got)):
                    self.token = made[0]
                self.assertEqual(re.sub(r"hj1-[\w-]+", "hj1-TOKEN", got), printed.rstrip("\n"))
        self.assertEqual(records(self.server, HOST, "A"), ["203.0.113.7"])

    def token_of_host(self):
        return re.search(r"hj1-[\w-]+", self.server.cli("host", "add", HOST))[0]

    def check(self, *command, **environment):
        """An agent's command that says that the address was told."""
        done = subprocess.run(self.words(*command, "--once"), env={"PATH": os.environ["PATH"], **environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(records(self.server, HOST, "A"), ["203.0.113.7"])

    def test_the_unit(self):
        token = self.token_of_host()
        unit = self.server.cli("host", "show", HOST, "agent")
        command = re.search(r"^ExecStart=(.*)$", unit, re.M)[1]
        os.mkdir(self.path("homing-agent"))
        with open(os.open(self.path("token"), os.O_WRONLY | os.O_CREAT, 0o400), "w", encoding="ascii") as file:
            file.write(token + "\n")
        words = command.replace("%d", self.directory).replace("%S", self.directory).replace("/usr/bin/homing", binary())
        self.check(*shlex.split(words))
        self.assertTrue(os.path.exists(self.path("homing-agent/state")))

    def test_the_router(self):
        program = agent_alone() or self.skipTest("homing-agent is not built here")
        command = re.search(r"procd_set_param command (.*)$", self.text, re.M)[1]
        with open(os.open(self.path("token"), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(self.token_of_host() + "\n")
        words = command.replace("/usr/bin/homing-agent", program).replace("/etc/homing-agent.token", self.path("token"))
        self.check(*shlex.split(words.replace("--interface wan", "--interface wan0")))

    def test_the_container(self):
        """The words of the compose file; the image's entry point is the binary."""
        block = re.search(r"^    services:\n(?:    .*\n)*", self.text, re.M)[0]
        words = [word.strip() for word in re.search(r"command: \[(.*)\]", block)[1].split(",")]
        variable, _ = re.search(r"environment: \[(.*)\]", block)[1].split("=")
        self.check(binary(), *words, **{variable: self.token_of_host()})
        with open(os.path.join(os.path.dirname(DOCUMENT), "..", "docker", "Dockerfile"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r'ENTRYPOINT \["(/usr/bin/)?homing"\]')


if __name__ == "__main__":
    unittest.main()
