"""Other people's name servers as secondaries of a homing primary, configured with what `homing secondary add` prints."""
import shlex
import subprocess
import time

import dns.exception
import dns.message
import dns.query
import dns.zone

from dns_client import algorithm_name, keyring_of
from foreign_daemon import ForeignDaemon
from homing_server import PATIENCE, HomingServer, Key
from peer_servers import copied, lasting_port


class Secondary(ForeignDaemon):
    """`primary` is a running HomingServer. Starting (again) makes it a secondary there under its name, with the port that it has."""

    address = "127.0.0.1"
    choose_port = staticmethod(lasting_port)

    def __init__(self, primary, label=None):
        super().__init__()
        self.primary, self.label, self.stanza, self.key = primary, label or self.name, None, None

    @property
    def port(self):
        return self.ports[0]

    def at_primary(self):
        return f"{self.primary.address}:{self.primary.port}"

    def command(self):
        if self.stanza is not None:
            self.primary.cli("secondary", "remove", self.label)
        self.primary.cli("secondary", "add", self.label, f"{self.address}:{self.port}", "--primary", self.at_primary())
        self.stanza = self.primary.cli("secondary", "show", self.label, self.name, "--primary", self.at_primary())
        line = next(s for s in self.primary.cli("key", "show", self.label).splitlines() if "hmac-sha256:" in s)
        self.key = Key(self.label + ".", "hmac-sha256", line.split()[-1].strip("'\"").split(":")[2])
        return self.configured()

    def start_again(self):
        """With the same port, data and configuration as before."""
        self.process = subprocess.Popen(self.configured(), cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace")
        self.log = type(self.log)(self.process.stdout)
        if self.log.wait_for(self.ready) is None:
            raise AssertionError(f"{self.name} did not start again:\n{self.log.text()}")

    def serial(self, zone):
        """Its serial of a zone; None if it does not answer for it."""
        try:
            reply = dns.query.udp(dns.message.make_query(zone, "SOA", flags=0), self.address, port=self.port, timeout=1)
        except (dns.exception.DNSException, OSError):
            return None
        return reply.answer[0][0].serial if reply.rcode() == 0 and reply.answer else None

    def wait_for_serial(self, zone, serial, patience=PATIENCE):
        """Waits until it has the zone with this serial (None: not at all); returns the serials that it had on the way."""
        deadline, seen = time.monotonic() + patience, []
        while time.monotonic() < deadline:
            found = self.serial(zone)
            if found is not None and (not seen or seen[-1] != found):
                seen.append(found)
            if found == serial:
                return seen
            try:
                self.process.wait(0.01)
                raise AssertionError(f"{self.name} ended:\n{self.log.text()[-4000:]}")
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError(f"{self.name} has {seen} of {zone}, not {serial}:\n{self.log.text()[-4000:]}")


class Homing(Secondary):
    """Another homing, which follows by the command that the first one prints."""

    name = "homing"

    def __init__(self, primary, label=None, catalog=None):
        self.primary, self.label, self.words = primary, label or self.name, ("--catalog", catalog) if catalog else ()
        self.own_key = Key("content.", "hmac-sha256", "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I=")
        self.key = self.own_key
        self.server = HomingServer(listen=(f"127.0.0.1:{lasting_port()}",))

    def start(self):
        self.server.add_key(self.own_key)
        self.server.start()
        self.primary.cli("secondary", "add", self.label, f"{self.address}:{self.port}", "--primary", self.at_primary(), *self.words)
        self.stanza = self.primary.cli("secondary", "show", self.label, "homing", "--primary", self.at_primary())
        self.server.cli(*shlex.split(self.stanza)[1:])
        return self

    @property
    def port(self):
        return self.server.port

    @property
    def process(self):
        return self.server.process

    @property
    def log(self):
        return self.server.log

    def kill(self):
        self.server.kill()

    def start_again(self):
        self.server.start()

    def close(self):
        self.server.close()


def content(server, zone, key):
    """All records of a zone by AXFR, as sorted lines."""
    received = dns.zone.Zone(zone, relativize=False)
    question = dns.message.make_query(zone, "AXFR")
    question.use_tsig(keyring_of(key), dns.name.from_text(key.name), algorithm=algorithm_name(key.algorithm))
    dns.query.inbound_xfr(server.address, received, question, port=server.port, timeout=PATIENCE)
    return sorted(line.lower() for line in received.to_text(relativize=False, sorted=True).splitlines())


class Knot(Secondary):
    name, ready = "knot", r"server started"

    def configured(self):
        # Tests transfer what it has back out with the key that it has, and its files are not where a package would have them.
        storage = f"    storage: {self.directory}\n"
        text = self.stanza.replace("\ntemplate:\n", f"\n  - id: out\n    key: {self.label}\n    action: transfer\n\n"
                                                    f"template:\n  - id: default\n{storage}") \
            .replace("  - id: homing-member\n", f"  - id: homing-member\n{storage}") \
            .replace("acl: homing-notify", "acl: [homing-notify, out]")
        config = self.write("knot.conf", f"""
server:
    listen: {self.address}@{self.port}
    rundir: {self.directory}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {self.directory}
log:
  - target: stderr
    any: info
{text}
""")
        return [copied("knotd", self.directory), "-c", config]


class Bind(Secondary):
    name, ready = "bind", r"all zones loaded|running"

    def configured(self):
        inner = next(line.lstrip("/ ") for line in self.stanza.splitlines() if "catalog-zones" in line)
        config = self.write("named.conf", f"""
options {{
  directory "{self.directory}"; listen-on port {self.port} {{ {self.address}; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; dnssec-validation no; empty-zones-enable no; notify no;
  allow-transfer {{ key "{self.label}"; }}; min-refresh-time 1; min-retry-time 1; serial-query-rate 1000;
  {inner}
}};
controls {{ }};
{self.stanza}
""")
        return [copied("named", self.directory), "-g", "-c", config, "-n", "1"]


class Nsd(Secondary):
    """Of Debian 12, which knows no catalogs yet: it is told of the zones by name."""

    name, ready = "nsd", r"nsd started"

    def __init__(self, primary, zones, label=None):
        super().__init__(primary, label)
        self.zones = list(zones)

    def configured(self):
        zones = "".join(f'zone:\n    name: "{z.rstrip(".")}"\n    include-pattern: "homing"\n' for z in self.zones)
        stanza = self.stanza.replace("    request-xfr", f"    provide-xfr: 127.0.0.1 {self.label}\n    request-xfr")
        config = self.write("nsd.conf", f"""
server:
    ip-address: {self.address}@{self.port}
    username: ""
    chroot: ""
    zonesdir: "{self.directory}"
    database: ""
    pidfile: "{self.path("pid")}"
    xfrdfile: "{self.path("xfrd.state")}"
    xfrdir: "{self.directory}"
    zonelistfile: "{self.path("zone.list")}"
    verbosity: 1
    server-count: 1
    xfrd-reload-timeout: 0
remote-control:
    control-enable: no
{stanza}
{zones}
""")
        return [copied("nsd", self.directory), "-d", "-c", config]
