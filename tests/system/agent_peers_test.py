#!/usr/bin/python3
"""The agent tells other servers, too: BIND, Knot and PowerDNS, with a key file as nsupdate reads it, and finds a server by the zone's SOA."""
import os
import shutil
import subprocess
import tempfile
import unittest

from own_namespace import enter

enter("net")

from agent_network import HOST, ZONE, Agent, prepare_vps  # noqa: E402
from dns_client import has_tool, query, records  # noqa: E402
from homing_server import PATIENCE, HomingServer, test_key, write_private  # noqa: E402
from own_namespace import run_or_skip  # noqa: E402
from peer_servers import Bind, Knot, Pdns  # noqa: E402

prepare_vps()
run_or_skip("ip", "link", "add", "pub0", "type", "veth", "peer", "name", "pub1")
run_or_skip("ip", "link", "set", "pub0", "up")
run_or_skip("ip", "link", "set", "pub1", "up")

KEY = test_key(name="home.key.")


class PdnsThatUpdates(Pdns):
    """With a database, which its updates need."""

    def configure(self):
        database, schema = self.path("pdns.db"), "/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql"
        if not os.path.exists(schema):
            schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
        if os.path.exists(database):
            os.remove(database)
        import sqlite3
        with open(schema, encoding="utf-8") as file:
            connection = sqlite3.connect(database)
            connection.executescript(file.read())
            connection.close()
        self.write("pdns.conf", f"""
launch=gsqlite3
gsqlite3-database={database}
local-address=127.0.0.1
local-port={self.port}
socket-dir={self.directory}
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
loglevel=4
receiver-threads=1
distributor-threads=1
""")
        for origin in self.zones:
            name = origin.rstrip(".")
            self.manage("load-zone", name, self.zone_file(origin))
            for key, _ in self.keys:
                self.manage("import-tsig-key", key.name.rstrip("."), key.algorithm, key.secret)
                self.manage("set-meta", name, "TSIG-ALLOW-DNSUPDATE", key.name.rstrip("."))
        return ["pdns_server", f"--config-dir={self.directory}", "--daemon=no", "--guardian=no"]

    def manage(self, *words):
        done = subprocess.run(["pdnsutil", f"--config-dir={self.directory}", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise AssertionError(f"pdnsutil {' '.join(words)}: {done.stdout}")


class PeersTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="homing-agent-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.key_file = write_private(self.directory, "key", KEY.file_text)
        self.addCleanup(subprocess.run, ["ip", "addr", "flush", "dev", "pub0"], check=True)
        self.set_address("203.0.113.1/32", "2600:1::1/128")

    @staticmethod
    def set_address(*addresses):
        for address in addresses:
            subprocess.run(["ip", "addr", "add", address, "dev", "pub0", *(["nodad"] if ":" in address else [])], check=True)

    def agent(self, *words):
        agent = Agent(None, "--host", HOST, "--key-file", self.key_file, "--interface", "pub0", *words)
        self.addCleanup(agent.close)
        return agent

    def check(self, peer_class, tool):
        if not has_tool(tool):
            self.skipTest(f"{tool} is not installed")
        with peer_class({"example.com": ZONE}, [(KEY, ["*"])]).start() as peer:
            where = f"127.0.0.1:{peer.port}"
            once = self.agent("--server", where, "--once")
            self.assertEqual(once.process.wait(PATIENCE), 0, peer.log_text()[-2000:])
            self.assertEqual(records(peer, HOST, "A"), ["203.0.113.1"])
            self.assertEqual(records(peer, HOST, "AAAA"), ["2600:1::1"])
            agent = self.agent("--server", where)
            agent.wait_for("the server has 2600:1::1 already")
            self.set_address("203.0.113.2/32")
            subprocess.run(["ip", "addr", "del", "203.0.113.1/32", "dev", "pub0"], check=True)
            agent.wait_for("is at 203.0.113.2")
            self.assertEqual(records(peer, HOST, "A"), ["203.0.113.2"])
            self.assertEqual(agent.end(), 0)
            # Without the right to, it says so and ends.
            stranger = test_key(name="stranger.key.", secret="YW5vdGhlciBzZWNyZXQ=")
            self.key_file = write_private(self.directory, "stranger", stranger.file_text)
            self.set_address("203.0.113.3/32")
            subprocess.run(["ip", "addr", "del", "203.0.113.2/32", "dev", "pub0"], check=True)
            refused = self.agent("--server", where, "--once")
            self.assertEqual(refused.process.wait(PATIENCE), 1)
            refused.log.wait_until_closed()
            self.assertIn("refuses", refused.log.text())
            self.assertEqual(records(peer, HOST, "A"), ["203.0.113.2"])

    def test_bind(self):
        self.check(Bind, "named")

    def test_knot(self):
        self.check(Knot, "knotd")

    def test_powerdns(self):
        self.check(PdnsThatUpdates, "pdns_server")

    def test_who_cannot_say_where_one_is(self):
        """--ask needs homing: of others it is said, once."""
        if not has_tool("named"):
            self.skipTest("named is not installed")
        with Bind({"example.com": ZONE}, [(KEY, ["*"])]).start() as peer:
            asking = self.agent("--server", f"127.0.0.1:{peer.port}", "--ask", "--once", "--ipv4")
            self.assertEqual(asking.process.wait(PATIENCE), 1)
            asking.log.wait_until_closed()
            self.assertEqual(len(asking.log.find("does not say which address this is")), 1)

    def test_found_by_the_soa(self):
        """By the resolver of /etc/resolv.conf: here, in a mount namespace, one that is the server itself."""
        with HomingServer(zones={"example.com": ZONE.replace("198.51.100.53", "127.0.0.1")}, keys=[(KEY, ["example.com"])],
                          listen=("127.0.0.1:53",)) as server:
            server.start()
            resolv_conf = os.path.join(self.directory, "resolv.conf")
            with open(resolv_conf, "w", encoding="ascii") as file:
                file.write("nameserver 127.0.0.1\n")
            script = f'mount --bind {resolv_conf} /etc/resolv.conf && exec "$@"'
            made = self.in_mounts(script)
            self.assertEqual(made.process.wait(PATIENCE), 0, made.log.text())
            self.assertEqual(records(server, HOST, "A"), ["203.0.113.1"])
            self.assertEqual(query(server, HOST, "A").rcode(), 0)

    def in_mounts(self, script):
        class Mounts:
            @staticmethod
            def words(*command):
                return ["unshare", "--mount", "sh", "-c", script, "sh", *command]
        agent = Agent(Mounts, "--host", HOST, "--key-file", self.key_file, "--interface", "pub0", "--once")
        self.addCleanup(agent.close)
        return agent


if __name__ == "__main__":
    unittest.main()
