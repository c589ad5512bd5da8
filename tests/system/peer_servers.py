"""Other name servers, run in the foreground with the same zones as homing, to check what the tests expect.

BIND, Knot, NSD and PowerDNS, as Debian packages them. They can't choose a port themselves: one that is free now is
taken, and another one when somebody else was faster.
"""
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from homing_server import PATIENCE


def free_port():
    """A port that is free for UDP and TCP at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


def lasting_port():
    """A port that stays free while nobody listens there for a moment: the kernel gives it to nobody who does not ask for it."""
    while True:
        port = random.randrange(10_000, 30_000)   # below what Linux chooses from by itself
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def copied(program, directory):
    """A copy of the program to be run: AppArmor, where it is on, knows programs by their paths, and keeps daemons to /etc and
    /var."""
    return shutil.copy(shutil.which(program), directory)


class Peer:
    """What the peers share: a directory with zone files and a configuration, and a process."""

    kind = ""

    def __init__(self, zones, keys=()):
        self.zones, self.keys = dict(zones), list(keys)
        self.directory = tempfile.mkdtemp(prefix=f"homing-{self.kind}-")
        self.address, self.port, self.process = "127.0.0.1", None, None

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def zone_file(self, origin):
        return self.path(f"{origin.rstrip('.') or 'root'}.zone")

    def start(self):
        for origin, text in self.zones.items():
            # Knot and PowerDNS want $ORIGIN said when nothing else gives it; for the others it repeats what they know.
            self.write(os.path.basename(self.zone_file(origin)), f"$ORIGIN {origin.rstrip('.')}.\n" + text)
        for _ in range(5):
            self.port = free_port()
            command = self.configure()
            with open(self.path("log"), "wb") as log:
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                cwd=self.directory, preexec_fn=os.setpgrp)
            if self._answers():
                return self
            if self.process.poll() is None:
                break
            self.kill()
        raise AssertionError(f"{self.kind} did not start:\n{self.log_text()[-3000:]}")

    def _answers(self):
        deadline = time.monotonic() + PATIENCE
        waiting = [origin.rstrip(".") + "." for origin in self.zones]
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                query = dns.message.make_query(waiting[0], "SOA")
                response = dns.query.udp(query, self.address, port=self.port, timeout=0.3)
                if response.rcode() == 0 and response.answer:
                    waiting.pop(0)
                    if not waiting:
                        return True
            except (dns.exception.DNSException, OSError):
                pass
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        return False

    def log_text(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        if self.process is not None:
            # The peers have children; the group is ours alone.
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(30)

    def close(self):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Bind(Peer):
    kind = "bind"

    def configure(self):
        keys = "".join(key.file_text for key, _ in self.keys)
        policy = ""
        if self.keys:
            rules = []
            for key, grants in self.keys:
                for grant in grants:
                    rules.append(f'grant {key.name} ' + ("zonesub ANY;" if grant == "*" else f"subdomain {grant} ANY;"))
            transfer = " ".join(f"key {key.name};" for key, grants in self.keys if "*" in grants)
            policy = "update-policy { " + " ".join(rules) + " }; allow-transfer { " + (transfer or "none;") + " };"
        zones = "".join(f'zone "{o}" {{ type primary; file "{self.zone_file(o)}"; {policy} }};\n' for o in self.zones)
        config = self.write("named.conf", f"""
{keys}
options {{
  directory "{self.directory}"; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no; empty-zones-enable no;
  check-names primary ignore; check-integrity no; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore;
  check-wildcard no; check-sibling no; check-dup-records ignore;
  max-records-per-type 0; max-types-per-name 0; minimal-responses yes; minimal-any yes; max-udp-size 1232; edns-udp-size 1232; allow-transfer {{ none; }};
}};
controls {{ }};
{zones}""")
        return [copied("named", self.directory), "-g", "-c", config, "-n", "1"]


class Knot(Peer):
    kind = "knot"

    def configure(self):
        keys = "".join(f"  - id: {k.name}\n    algorithm: {k.algorithm}\n    secret: {k.secret}\n" for k, _ in self.keys)
        acls = "".join(f"  - id: acl-{k.name}\n    key: {k.name}\n    action: [update, transfer]\n" for k, _ in self.keys)
        acl = f"    acl: [{', '.join('acl-' + k.name for k, _ in self.keys)}]\n" if self.keys else ""
        zones = "".join(f"  - domain: {o}\n    file: {self.zone_file(o)}\n{acl}" for o in self.zones)
        config = self.write("knot.conf", f"""
server:
    rundir: {self.directory}
    listen: 127.0.0.1@{self.port}
    udp-workers: 1
    tcp-workers: 1
    udp-max-payload: 1232
log:
  - target: stderr
    any: info
database:
    storage: {self.directory}
{'key:' if keys else ''}
{keys}
{'acl:' if keys else ''}
{acls}
template:
  - id: default
    storage: {self.directory}
    semantic-checks: off
    zonefile-sync: -1
zone:
{zones}""")
        return ["knotd", "-c", config]


class Nsd(Peer):
    kind = "nsd"

    def configure(self):
        zones = "".join(f'zone:\n  name: "{o}"\n  zonefile: "{self.zone_file(o)}"\n' for o in self.zones)
        config = self.write("nsd.conf", f"""
server:
  ip-address: 127.0.0.1@{self.port}
  zonesdir: "{self.directory}"
  username: ""
  pidfile: ""
  xfrdfile: "{self.path('xfrd')}"
  xfrdir: "{self.directory}"
  zonelistfile: "{self.path('list')}"
  database: ""
  server-count: 1
  ipv4-edns-size: 1232
  minimal-responses: yes
  refuse-any: yes
  verbosity: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
{zones}""")
        return ["nsd", "-d", "-c", config]


class Pdns(Peer):
    kind = "pdns"

    def configure(self):
        zones = "".join(f'zone "{o}" {{ type native; file "{self.zone_file(o)}"; }};\n' for o in self.zones)
        self.write("zones.conf", zones)
        self.write("pdns.conf", f"""
launch=bind
bind-config={self.path('zones.conf')}
local-address=127.0.0.1
local-port={self.port}
socket-dir={self.directory}
dname-processing=yes
any-to-tcp=no
udp-truncation-threshold=1232
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
loglevel=4
receiver-threads=1
distributor-threads=1
""")
        return ["pdns_server", f"--config-dir={self.directory}", "--daemon=no", "--guardian=no"]


PEERS = {peer.kind: peer for peer in (Bind, Knot, Nsd, Pdns)}


def make_peer(kind, zones, keys=()):
    if kind not in PEERS:
        raise SystemExit(f"{kind}: no such server; there are {', '.join(PEERS)}")
    return PEERS[kind](zones, keys)
