"""For tests of secondaries: primaries that others run and that tell us of changes, and waiting for what follows."""
import threading
import time

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from dns_client import make_update, query, send_update
from homing_server import PATIENCE, HomingServer, test_key
from peer_servers import Bind, Knot, copied

KEY = test_key(name="shared.key.")
# Small times: what fails is tried again soon.
ZONE = """\
$TTL 60
@       SOA ns.example.net. hostmaster 1 {refresh} {retry} {expire} 60
        NS  ns.example.net.
a       A   192.0.2.1
www     A   192.0.2.80
"""


def zone_text(refresh=3600, retry=2, expire=1209600):
    return ZONE.format(refresh=refresh, retry=retry, expire=expire)


def wait_until(condition, what, patience=PATIENCE):
    """Asks again and again; there is nothing else to wait for in another process."""
    deadline, pause = time.monotonic() + patience, threading.Event()
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"in {patience} seconds not: {what() if callable(what) else what}")
        pause.wait(0.02)


def soa_of(server, zone):
    """(rcode, serial or None) of a server that may not be there."""
    try:
        reply = dns.query.udp(dns.message.make_query(zone, "SOA", flags=0), server.address, port=server.port, timeout=2)
    except (dns.exception.DNSException, OSError):
        return None, None
    has_soa = reply.answer and reply.answer[0].rdtype == dns.rdatatype.SOA
    return dns.rcode.to_text(reply.rcode()), reply.answer[0][0].serial if has_soa else None


def wait_for_serial(server, zone, serial, patience=PATIENCE):
    seen = []

    def there():
        seen[:] = soa_of(server, zone)
        return seen[1] is not None and seen[1] >= serial
    wait_until(there, lambda: f"{zone} with serial {serial} at port {server.port}; it says {seen}\n{getattr(server, 'log', None) and server.log.text()[-2000:]}", patience)


def wait_for_rcode(server, zone, rcode, patience=PATIENCE):
    wait_until(lambda: soa_of(server, zone)[0] == rcode, f"{rcode} for {zone}", patience)


def update(server, zone, *changes, key=KEY):
    """("add", name, ttl, type, rdata) or ("delete", name, type); returns the rcode as text."""
    message = make_update(zone, key)
    for verb, *words in changes:
        getattr(message, verb)(*words)
    return dns.rcode.to_text(send_update(server, message, tcp=True).rcode())


def follow(secondary, zone, *primaries, key=KEY):
    """`homing zone add ZONE --primary ...`"""
    words = [w for p in primaries for w in ("--primary", f"{p.address}:{p.port}")]
    return secondary.cli("zone", "add", zone, *words, *(("--key", key.line) if key else ()))


class NotifyingBind(Bind):
    """Zones with updates, transfers and NOTIFY by one key; `notified` are ports on 127.0.0.1."""

    def __init__(self, zones, key=KEY, notified=(), catalog=None):
        super().__init__(zones, [(key, ["*"])])
        self.key, self.notified, self.catalog = key, list(notified), catalog

    def configure(self):
        also = " ".join(f'127.0.0.1 port {p} key "{self.key.name}";' for p in self.notified)
        policy = (f"allow-update {{ key {self.key.name}; }}; allow-transfer {{ key {self.key.name}; }}; "
                  f"notify explicit; also-notify {{ {also} }};")
        zones = "".join(f'zone "{o}" {{ type primary; file "{self.zone_file(o)}"; {policy} }};\n' for o in self.zones)
        config = self.write("named.conf", f"""
{self.key.file_text}
options {{
  directory "{self.directory}"; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; dnssec-validation no; empty-zones-enable no; notify-delay 0;
  notify-rate 1000; startup-notify-rate 1000; check-names primary ignore; check-integrity no; allow-transfer {{ none; }};
}};
controls {{ }};
{zones}""")
        return [copied("named", self.directory), "-g", "-c", config, "-n", "1"]


class NotifyingKnot(Knot):
    """The same with Knot."""

    def __init__(self, zones, key=KEY, notified=(), members=()):
        super().__init__(zones, [(key, ["*"])])
        self.key, self.notified, self.members = key, list(notified), members

    def configure(self):
        remotes = "".join(f"  - id: r{p}\n    address: 127.0.0.1@{p}\n    key: {self.key.name}\n" for p in self.notified)
        notify = f"    notify: [{', '.join(f'r{p}' for p in self.notified)}]\n" if self.notified else ""
        zones = "".join(f"  - domain: {o}\n    file: {self.zone_file(o)}\n    acl: all\n{notify}" for o in self.zones)
        config = self.write("knot.conf", f"""
server:
    rundir: {self.directory}
    listen: 127.0.0.1@{self.port}
    udp-workers: 1
    tcp-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {self.directory}
key:
  - id: {self.key.name}
    algorithm: {self.key.algorithm}
    secret: {self.key.secret}
{'remote:' if remotes else ''}
{remotes}
acl:
  - id: all
    key: {self.key.name}
    action: [update, transfer]
template:
  - id: default
    storage: {self.directory}
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    serial-policy: increment
zone:
{zones}""")
        return ["knotd", "-c", config]


def started(server):
    """Running, or closed before its failure goes on."""
    try:
        return server.start()
    except BaseException:
        server.close()
        raise


def secondary_server():
    return started(HomingServer())
