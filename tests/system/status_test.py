#!/usr/bin/python3
"""homing status: what the running server says of itself, and that what is lost at overload is counted."""
import json
import signal
import socket
import unittest

import dns.message

from dns_client import Tcp, Udp, make_update, send_update
from homing_server import ZONE, HomingServer, test_key

KEY = test_key()
QUESTION = dns.message.make_query("www.example.com", "A").to_wire()
MISSING = dns.message.make_query("missing.example.com", "A").to_wire()


class StatusTest(unittest.TestCase):
    def make(self, *arguments, listen=("127.0.0.1:0",)):
        server = HomingServer(zones={"example.com.": ZONE}, keys=[(KEY, ["*"])], arguments=arguments, listen=listen)
        self.addCleanup(server.close)
        return server

    def status(self, server, *options):
        return json.loads(server.cli("status", "--json", *options))

    def test_without_a_server_it_says_so(self):
        server = self.make()
        for options in ([], ["--json"], ["--per-worker"]):
            done = server.run("status", *options)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"no server runs on {server.data}", done.stderr)
        server.data += "-elsewhere"
        self.assertIn("no server runs on", server.run("status").stderr)

    def test_what_the_server_is(self):
        server = self.make("--workers", "2").start()
        status = self.status(server)
        self.assertEqual(status["version"], server.cli("version").split()[1])
        self.assertEqual(status["process"], server.process.pid)
        self.assertRegex(status["started"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertGreaterEqual(status["uptime_seconds"], 0)
        self.assertEqual(status["data"], server.data)
        self.assertEqual(status["listening"], [f"127.0.0.1:{server.port}"])
        self.assertEqual((status["workers"], status["zones"]), (2, 1))
        self.assertEqual(status["names"], 7)
        self.assertGreater(status["memory"]["resident"], status["memory"]["zones"])
        self.assertGreater(status["memory"]["zones"], 0)
        self.assertNotIn("per_worker", status)

    def test_what_it_counts(self):
        server = self.make("--workers", "2").start()
        with Udp(server) as udp, Tcp(server) as tcp:
            for _ in range(20):
                udp.exchange(QUESTION)
            for _ in range(10):
                tcp.exchange(MISSING)
            send_update(server, self.update(KEY))
            send_update(server, make_update("example.com."))   # not signed
            udp.send(b"\0" * 5000)
            self.assertEqual(len(udp.receive()), 12)
            status = self.status(server, "--per-worker")
            counters = status["counters"]
            self.assertEqual(status["tcp_connections"], 1)
        expected = {"udp_requests": 23, "udp_too_long": 1, "tcp_requests": 10, "tcp_accepted": 1, "replies_noerror": 21,
                    "replies_nxdomain": 10, "replies_refused": 1, "updates_taken": 1, "updates_turned_away": 1,
                    "udp_queue_drops": 0, "tcp_queue_drops": 0, "udp_send_drops": 0}
        self.assertEqual({name: counters[name] for name in expected}, expected)
        self.assertEqual(status["writer"], {"requests": 1, "changes": 1, "commits": 1, "refused": 0, "failed": 0, "turned_away": 0,
                                            "waiting": 0})
        self.assertEqual(len(status["per_worker"]), 2)
        for name, total in counters.items():
            self.assertEqual(sum(worker["counters"][name] for worker in status["per_worker"]), total, name)

    def update(self, key):
        update = make_update("example.com.", key)
        update.add("new", 60, "A", "192.0.2.7")
        return update

    def test_for_people(self):
        server = self.make("--workers", "2").start()
        with Udp(server) as udp:
            udp.exchange(QUESTION)
        text = server.cli("status")
        for line in (r"^zones +1, with 7 names$", r"^udp_requests +1  datagrams taken$", r"^replies_noerror +1$",
                     rf"^listening +127\.0\.0\.1:{server.port}, with 2 workers$"):
            self.assertRegex(text, f"(?m){line}")
        self.assertNotIn("replies_nxdomain", text)
        self.assertRegex(server.cli("status", "--per-worker"), r"(?m)^udp_requests +1( +1 +0| +0 +1)$")

    def test_zones_rates_and_last_changes(self):
        zones = {f"zone{i:02}.example.": ZONE for i in range(23)}
        server = HomingServer(keys=[(KEY, ["*"])])
        self.addCleanup(server.close)
        server.import_zones(zones)
        server.start()
        with Udp(server) as udp:
            for _ in range(40):
                udp.exchange(QUESTION)
        for i in (3, 4, 5, 6, 7, 8):
            server.cli("record", "set", f"new.zone{i:02}.example", "60", "A", "192.0.2.7")
        status = self.status(server)
        self.assertEqual([z["name"] for z in status["first_zones"]], sorted(zones)[:20])
        self.assertEqual({z["serial"] for z in status["first_zones"][:3]}, {1})
        self.assertEqual(status["first_zones"][3], {"name": "zone03.example.", "serial": 2, "names": 8})
        self.assertEqual([(c["zone"], c["serial"]) for c in status["last_changes"]],
                         [(f"zone{i:02}.example.", 2) for i in (8, 7, 6, 5, 4)])
        self.assertRegex(status["last_changes"][0]["address"], "^user:")
        for period in ("last_10_s", "last_60_s"):
            self.assertGreater(status["per_second"][period]["queries"], 0)
            self.assertGreater(status["per_second"][period]["updates"], 0)
            self.assertLess(status["per_second"][period]["queries"], 100 * 1000)
        text = server.cli("status")
        self.assertIn("\n  and 3 more: 'homing zone list' shows all\n", text)
        self.assertRegex(text, r"(?m)^  zone03\.example\.  serial 2           8 names$")
        self.assertRegex(text, r"(?m)^  20\S+Z  zone08\.example\. to serial 2, by user:\S+ via cli$")
        self.assertRegex(text, r"(?m)^queries +\d+\.\d a second in the last 10 s, \d+\.\d in the last minute$")

    def test_overload(self):
        """More comes than the receive queue holds, while the server does not run: what is lost is counted, the rest is
        answered, and so is whoever asks next."""
        server = self.make("--workers", "1").start()
        sent = 0
        with Udp(server) as flood:
            limit = self.status(server, "--per-worker")["per_worker"][0]["sockets"][0]["udp_queue"]["limit"]
            server.process.send_signal(signal.SIGSTOP)
            for _ in range(limit // 256):   # the kernel charges a datagram with more than that
                flood.send(QUESTION)
                sent += 1
            server.process.send_signal(signal.SIGCONT)
            sent += self.ask_until_answered(server)
        with Tcp(server) as tcp:
            self.assertEqual(tcp.exchange(QUESTION)[3] & 15, 0)
        for _ in range(50):   # what was asked again may still be on its way
            status = self.status(server, "--per-worker")
            drops = status["counters"]["udp_queue_drops"]
            if status["counters"]["udp_requests"] + drops == sent:
                break
        self.assertGreater(drops, 0)
        self.assertEqual(status["counters"]["udp_requests"] + drops, sent)
        queue = status["per_worker"][0]["sockets"][0]["udp_queue"]
        self.assertEqual(queue, {"drops": drops, "octets": 0, "limit": limit})

    def ask_until_answered(self, server):
        """As a resolver does: asks again where no answer comes. Returns how often."""
        with Udp(server) as client:
            client.socket.settimeout(.2)
            for attempt in range(1, 50):
                try:
                    client.exchange(QUESTION)
                    return attempt
                except socket.timeout:
                    pass   # the queue was still full
        self.fail("no answer after an overload")

    def test_each_address_has_its_queue(self):
        server = self.make("--workers", "1", listen=("127.0.0.1:0", "127.0.0.2:0")).start()
        sockets = self.status(server, "--per-worker")["per_worker"][0]["sockets"]
        self.assertEqual([s["address"] for s in sockets],
                         [f"{address}:{port}" for kind, address, port in server.listeners if kind == "udp"])
        for s in sockets:
            self.assertGreaterEqual(s["udp_queue"]["limit"], socket.SOMAXCONN)


if __name__ == "__main__":
    unittest.main()
