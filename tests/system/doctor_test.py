#!/usr/bin/python3
"""homing doctor and homing healthcheck, in a network of their own: port 53, public addresses, and BIND as root and parent."""
import os
import shutil
import subprocess
import tempfile
import unittest

import own_namespace

own_namespace.enter("net")

from dns_client import Udp, query   # noqa: E402  (inside of the namespace)
from homing_server import PATIENCE, HomingServer, Lines   # noqa: E402
from peer_servers import Bind   # noqa: E402

PUBLIC, SECOND, PARENT, NOBODY, BRIDGE = "203.0.113.5", "203.0.113.6", "203.0.113.53", "203.0.113.99", "172.17.0.1"
FIRST_RUN = ("--zone", "example.com", "--address", PUBLIC)
DELEGATION = f"example NS ns1.example\nns1.example A {PUBLIC}\n"


def setUpModule():
    own_namespace.run_or_skip("ip", "link", "set", "lo", "up")
    for address in (PUBLIC, SECOND, PARENT, NOBODY, BRIDGE):
        own_namespace.run_or_skip("ip", "address", "add", f"{address}/32", "dev", "lo")


class OnPort53(Bind):
    """BIND, on port 53 of an address of its own."""

    def __init__(self, zones, address):
        super().__init__(zones)
        self.address = address

    def configure(self):
        words = super().configure()
        self.port = 53
        with open(self.path("named.conf"), encoding="utf-8") as file:
            text = file.read()
        start = text.index("listen-on port")
        text = text[:start] + f"listen-on port 53 {{ {self.address}; }};" + text[text.index("};", start) + 2:]
        self.write("named.conf", text)
        return words


def parent(delegation=DELEGATION):
    """The root and com., in one server, which so knows as much as a resolver."""
    com = f"$TTL 3600\n@ SOA ns.com. hostmaster.com. 1 7200 3600 1209600 300\n@ NS ns.com.\nns.com. A {PARENT}\n{delegation}"
    root = f"$TTL 3600\n@ SOA ns.com. hostmaster.com. 1 7200 3600 1209600 300\n@ NS ns.com.\ncom. NS ns.com.\nns.com. A {PARENT}\n"
    return OnPort53({".": root, "com.": com}, PARENT)


class DoctorTest(unittest.TestCase):
    def make(self, *arguments, listen=("*:53",)):
        server = HomingServer(arguments=arguments, listen=listen)
        self.addCleanup(server.close)
        return server

    def have(self, peer):
        self.addCleanup(peer.close)
        return peer.start()

    def ask(self, server, *arguments, resolver=PARENT):
        done = server.run("doctor", "--resolver", resolver, *arguments)
        self.assertEqual(done.returncode, 1 if "\nFAIL" in "\n" + done.stdout else 0, done.stdout + done.stderr)
        return done.stdout

    def level(self, text, subject):
        found = [line.split(None, 1)[0] for line in text.splitlines() if line[6:].startswith(subject + ": ")]
        self.assertEqual(len(found), 1, f"{subject} in:\n{text}")
        return found[0]

    def test_all_is_well(self):
        server = self.make(*FIRST_RUN).start()
        self.have(parent())
        text = self.ask(server)
        for subject in ("data directory", "server", "clients", f"example.com. at ns1.example.com. {PUBLIC}", "delegation of example.com."):
            self.assertEqual(self.level(text, subject), "ok", text)
        self.assertNotIn("FAIL", text)
        self.assertIn("answers over UDP and TCP, serial 1", text)
        self.assertIn("delegation of example.com.: com. names ns1.example.com.", text)

    def test_it_says_what_the_parent_has_wrong(self):
        server = self.make(*FIRST_RUN).start()
        for delegation, level, said in (
            (f"example NS ns1.example\nns1.example A {SECOND}\n", "FAIL",
             f'com. has {SECOND} as address of ns1.example.com. ("glue"), the zone {PUBLIC}'),
            ("", "FAIL", "the zone com. above does not lead to it (NXDOMAIN)"),
            (DELEGATION + f"example NS ns9.example\nns9.example A {SECOND}\n", "FAIL",
             "com. names servers that the zone does not: ns9.example.com."),
        ):
            with self.subTest(said), parent(delegation).start():
                text = self.ask(server)
                self.assertEqual(self.level(text, "delegation of example.com."), level)
                self.assertIn(said, text)
                self.assertIn(f"        tell the registrar that these are the zone's name servers:\n          ns1.example.com. {PUBLIC}\n", text)

    def test_a_second_server(self):
        server = self.make(*FIRST_RUN).start()
        server.cli("record", "set", "ns2.example.com", "3600", "A", SECOND)
        server.cli("record", "set", "example.com", "3600", "NS", "ns1.example.com.", "ns2.example.com.")
        self.have(parent())
        subject = f"example.com. at ns2.example.com. {SECOND}"
        text = self.ask(server)
        self.assertEqual(self.level(text, subject), "ok")   # homing itself, on all addresses
        self.assertEqual(self.level(text, "delegation of example.com."), "warn")
        self.assertIn("com. does not name ns2.example.com.", text)
        server.stop()
        server.listen = (f"{PUBLIC}:53",)
        server.start()
        text = self.ask(server)
        self.assertEqual(self.level(text, subject), "FAIL")
        self.assertIn("over UDP Connection refused, over TCP Connection refused", text)
        old = server.cli("zone", "export", "example.com")
        server.cli("record", "set", "new.example.com", "60", "A", "192.0.2.1")
        with OnPort53({"example.com.": old}, SECOND).start():
            text = self.ask(server)
            self.assertEqual(self.level(text, subject), "warn")
            self.assertIn("it has serial 3, and this server 4", text)
            self.assertIn("it lags behind", text)
        with OnPort53({"example.net.": old.replace("example.com", "example.net")}, SECOND).start():
            text = self.ask(server)
            self.assertEqual(self.level(text, subject), "FAIL")
            self.assertIn("it does not serve this zone (REFUSED)", text)

    def test_servers_elsewhere(self):
        server = self.make(*FIRST_RUN).start()
        server.cli("record", "set", "example.com", "3600", "NS", "ns1.example.com.", "ns.com.", "ns3.com.")
        self.have(parent())
        text = self.ask(server)
        self.assertEqual(self.level(text, f"example.com. at ns.com. {PARENT}"), "FAIL")
        self.assertIn("its name server ns3.com. has no address", text)

    def test_without_a_resolver_it_says_what_it_cannot_know(self):
        server = self.make(*FIRST_RUN).start()
        text = self.ask(server, resolver=NOBODY)
        self.assertEqual(self.level(text, "delegation of example.com."), "warn")
        self.assertIn(f"no resolver answers ({NOBODY}:53: REFUSED)", text)   # by homing, on all addresses
        self.assertEqual(self.level(text, f"example.com. at ns1.example.com. {PUBLIC}"), "ok")
        self.assertEqual(server.run("doctor", "--resolver", "nonsense").returncode, 2)

    def test_zones_that_are_named(self):
        server = self.make(*FIRST_RUN).start()
        for i in range(10):
            server.cli("zone", "add", f"zone{i}.com", "--ns", "ns1.example.com")
        self.have(parent())
        self.assertEqual(self.level(self.ask(server), "zones"), "warn")
        text = self.ask(server, "zone3.com", "missing.com")
        self.assertEqual(self.level(text, "missing.com."), "FAIL")
        self.assertEqual(self.level(text, "delegation of zone3.com."), "FAIL")
        self.assertNotIn("zone4", text)
        names = [f"zone{i}.com" for i in range(10)]   # more than it looks at by itself
        text = self.ask(server, *names)
        for name in names:
            self.assertEqual(self.level(text, f"delegation of {name}."), "FAIL")
        self.assertNotIn("no such zone", text)

    def test_before_the_first_start(self):
        server = self.make(listen=())
        text = self.ask(server)
        self.assertEqual(self.level(text, "data directory"), "warn")
        self.assertEqual(self.level(text, "server"), "warn")
        self.assertEqual(self.level(text, "listening on *:53"), "ok")
        self.assertFalse(os.path.exists(server.data))

    def test_who_holds_the_port(self):
        server = self.make(*FIRST_RUN)
        with tempfile.TemporaryDirectory() as directory:
            for program, advice in (("systemd-resolve", "DNSStubListener=no"), ("dnsmasq", "end that process")):
                # Something that has this name and listens where that does.
                shutil.copy(os.path.realpath("/usr/bin/python3"), os.path.join(directory, program))
                script = ("import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('127.0.0.53',53))\n"
                          "print('there',flush=True)\nsys.stdin.read()\n")
                holder = subprocess.Popen([os.path.join(directory, program), "-c", script], stdin=subprocess.PIPE,
                                          stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHOME": "/usr"})
                try:
                    self.assertIsNotNone(Lines(holder.stdout).wait_for("there"))
                    text = self.ask(server)
                    self.assertEqual(self.level(text, "listening on *:53"), "FAIL")
                    self.assertIn(f"held by 127.0.0.53:53 {program} (process {holder.pid})", text)
                    self.assertIn(advice, text)
                    text = self.ask(server, "--listen", f"{PUBLIC}:53")
                    self.assertEqual(self.level(text, f"listening on {PUBLIC}:53"), "ok")
                finally:
                    holder.stdin.close()
                    holder.wait(PATIENCE)

    def test_a_port_that_nobody_asks(self):
        server = self.make(*FIRST_RUN, listen=("127.0.0.1:0",)).start()
        text = self.ask(server, resolver=NOBODY)
        self.assertEqual(self.level(text, "server"), "warn")
        self.assertIn("nobody in the world asks there", text)

    def test_the_data_directory(self):
        server = self.make(*FIRST_RUN).start()
        server.stop()
        os.chmod(server.data, 0o755)
        text = self.ask(server, resolver=NOBODY)
        self.assertEqual(self.level(text, "data directory"), "FAIL")
        self.assertIn(f"        chmod 700 {server.data}\n", text)
        os.chmod(server.data, 0o700)
        self.assertEqual(self.level(self.ask(server, resolver=NOBODY), "data directory"), "ok")

    def test_where_questions_come_from(self):
        server = self.make(*FIRST_RUN).start()

        def ask_from(source, times):
            for _ in range(times):
                subprocess.run(["dig", "-b", source, "+tries=3", "+time=20", f"@{PUBLIC}", "example.com", "SOA"], check=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=2 * PATIENCE)

        ask_from(BRIDGE, 25)
        with Udp(server) as udp:   # health checks do not count
            udp.exchange(query_octets())
        text = self.ask(server, resolver=NOBODY)
        # The doctor's own question came from another address, a public one, while it was at work; what it says is from before.
        self.assertEqual(self.level(text, "clients"), "warn", text)
        self.assertIn(f"all questions so far came from {BRIDGE}", text)
        ask_from(SECOND, 3)
        text = self.ask(server, resolver=NOBODY)
        self.assertEqual(self.level(text, "clients"), "ok")
        self.assertIn("questions come from several addresses", text)

    def test_the_certificate(self):
        server = self.make(*FIRST_RUN).start()
        server.stop()
        own = os.path.join(server.data, "https.pem")
        for days, level in ((100, "ok"), (5, "warn")):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days),
                            "-subj", "/CN=ns1.example.com", "-keyout", os.devnull, "-out", own], check=True, capture_output=True,
                           stdin=subprocess.DEVNULL, timeout=PATIENCE)
            text = self.ask(server, resolver=NOBODY)
            self.assertEqual(self.level(text, "certificate"), level, text)
            self.assertRegex(text, rf"({days}|{days - 1}) days")
        with open(own, "w", encoding="utf-8") as file:
            file.write("nothing")
        self.assertEqual(self.level(self.ask(server, resolver=NOBODY), "certificate"), "FAIL")

    def test_healthcheck(self):
        server = self.make(*FIRST_RUN).start()
        self.assertEqual(server.cli("healthcheck"), "127.0.0.1:53 answers\n")
        self.assertEqual(server.cli("healthcheck", "--listen", f"{PUBLIC}:53"), f"{PUBLIC}:53 answers\n")
        server.stop()
        done = server.run("healthcheck")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Connection refused", done.stderr)
        self.assertEqual(server.run("healthcheck", "--listen", "nonsense").returncode, 2)


def query_octets():
    import dns.message
    return dns.message.make_query("example.com", "SOA").to_wire()


if __name__ == "__main__":
    unittest.main()
