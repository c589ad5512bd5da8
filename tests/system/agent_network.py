"""Networks of a test's own for agents: the test itself runs on the "VPS" with the server; a home and a router are network namespaces
of their own, each kept by a process, with veth pairs between them."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import dns.message

from dns_client import Udp
from homing_server import PATIENCE, HomingServer, Lines, binary
from own_namespace import run_or_skip

SERVER = "198.51.100.53"     # of the VPS, for everybody
HOST = "home.example.com"
ZONE = """\
$TTL 300
@       SOA ns1 hostmaster 1 7200 3600 1209600 300
        NS  ns1
ns1     A   198.51.100.53
"""


def outer(number):
    """An address that a provider gives."""
    return f"203.0.113.{number}"


def agent_alone():
    """homing-agent, or None where it is not built: with sanitizers."""
    path = os.path.join(os.path.dirname(binary()), "homing-agent")
    return path if os.access(path, os.X_OK) else None


class Namespace:
    def __init__(self):
        self._keeper = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        if self._keeper.stdout.readline() != "ready\n":
            raise AssertionError("no network namespace")
        self.pid = self._keeper.pid
        self._batch = None
        self.run("ip", "link", "set", "lo", "up")

    def words(self, *command):
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *command]

    def run(self, *command):
        done = subprocess.run(self.words(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.stdout}")
        return done.stdout

    def ip(self, *commands):
        """Commands of ip(8), by a process that waits for them, so that none is late by the start of one."""
        if self._batch is None:
            self._batch = subprocess.Popen(self.words("ip", "-force", "-batch", "-"), stdin=subprocess.PIPE, text=True)
        self._batch.stdin.write("".join(command + "\n" for command in commands))
        self._batch.stdin.flush()

    def nft(self, rules):
        """Replaces all rules of the packet filter."""
        done = subprocess.run(self.words("nft", "-f", "-"), input="flush ruleset\n" + rules, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(f"nft: {done.stdout}")

    def close(self):
        for process in (self._batch, self._keeper):
            if process is not None:
                process.stdin.close()
                process.wait(PATIENCE)
        self._keeper.stdout.close()


def prepare_vps():
    """Addresses of the server, here. Ends the test as skipped where that is not possible."""
    run_or_skip("ip", "link", "set", "lo", "up")
    run_or_skip("ip", "addr", "add", f"{SERVER}/32", "dev", "lo")
    run_or_skip("ip", "-6", "addr", "add", "2600:53::53/128", "dev", "lo", "nodad")
    run_or_skip("ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1")
    run_or_skip("ip", "link", "del", "probe0")
    run_or_skip("unshare", "--net", "nft", "add table inet probe; add chain inet probe c { type filter hook output priority 0; }; "
                "add rule inet probe c numgen random mod 2 < 1 drop; add table ip nat; "
                "add chain ip nat c { type nat hook postrouting priority 100; }; add rule ip nat c masquerade")


def attach(namespace, number):
    """A link from the VPS to the namespace, whose end is wan0 there; addresses of it are routed as a provider's are."""
    here = f"cust{number}"
    run_or_skip("ip", "link", "add", here, "type", "veth", "peer", "name", "wan0", "netns", str(namespace.pid))
    run_or_skip("ip", "link", "set", here, "up")
    run_or_skip("ip", "route", "replace", "203.0.113.0/24", "dev", here)
    namespace.run("ip", "link", "set", "wan0", "up")
    return here


def give_address(namespace, number):
    """The first address of wan0, and the way out."""
    namespace.run("ip", "addr", "add", f"{outer(number)}/32", "dev", "wan0")
    namespace.run("ip", "route", "replace", "default", "via", SERVER, "dev", "wan0", "onlink")


def change_address(namespace, old, new):
    namespace.ip(f"addr add {outer(new)}/32 dev wan0", f"addr del {outer(old)}/32 dev wan0")


class Agent:
    """A running agent; `namespace`: where, or None: here. HOMING_TEST_AGENT names another program than homing agent: one with sanitizers, say."""

    def __init__(self, namespace, *words, program=None):
        program = os.environ.get("HOMING_TEST_AGENT", program)
        command = [program] if program else [binary(), "agent"]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HOMING_")}
        whole = [*command, *words]
        self.process = subprocess.Popen(namespace.words(*whole) if namespace else whole, env=clean, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        self.log = Lines(self.process.stderr)

    def wait_for(self, pattern):
        match = self.log.wait_for(pattern)
        if match is None:
            raise AssertionError(f"the agent ended with {self.process.wait(PATIENCE)}:\n{self.log.text()}")
        return match

    def status(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.log.wait_until_closed()


class Question:
    """Asks for the host's address again and again."""

    def __init__(self, server):
        self.socket = Udp(server)
        self.wire = dns.message.make_query(HOST, "A", flags=0).to_wire()

    def wait_for(self, address, patience=PATIENCE):
        """Seconds until an answer has the address."""
        wanted = bytes(int(part) for part in address.split("."))
        begun = time.monotonic()
        while True:
            if self.socket.exchange(self.wire)[-4:] == wanted:
                return time.monotonic() - begun
            if time.monotonic() - begun > patience:
                raise AssertionError(f"{address} did not come")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class AgentTest(unittest.TestCase):
    """A server with a host here; `self.token` is the host's."""

    host_words = ()

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="homing-agent-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.server = HomingServer(zones={"example.com": ZONE}, listen=(f"{SERVER}:0", "[2600:53::53]:0"))
        self.addCleanup(self.server.close)
        self.server.address = SERVER
        made = self.server.cli("host", "add", HOST, *self.host_words)
        self.token = next(word for word in made.split() if word.startswith("hj1-"))
        self.server.start()
        # The same port after a restart, so that agents find it again.
        self.server.listen = tuple(f"{a}:{p}" for kind, a, p in self.server.listeners if kind == "udp")

    @property
    def where(self):
        return f"{SERVER}:{self.server.port}"

    def namespace(self):
        made = Namespace()
        self.addCleanup(made.close)
        return made

    def home(self, number=1):
        made = self.namespace()
        attach(made, number)
        return made

    def agent(self, namespace, *words, program=None, token=True):
        made = Agent(namespace, *(("--join", self.token) if token else ()), "--server", self.where, *words, program=program)
        self.addCleanup(made.close)
        return made

    def changes(self):
        """How often the host was changed, by the journal."""
        lines = self.server.cli("history", HOST, "--json").splitlines()
        return sum(str(json.loads(line).get("via", "")).startswith("dns/") for line in lines)
