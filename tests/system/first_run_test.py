#!/usr/bin/python3
"""The first start: a zone from two words, told of once; later starts are quiet; a crash leaves all of it or nothing."""
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from dns_client import records, serial_of
from homing_server import PATIENCE, HomingServer, Lines, binary, write_private

ZONE = ("--zone", "example.com", "--address", "203.0.113.5", "--address", "2001:db8::5")


class FirstRunTest(unittest.TestCase):
    def make(self, *arguments, data=None, environment=None):
        server = HomingServer(data=data, arguments=arguments, environment=environment)
        self.addCleanup(server.close)
        return server

    def start(self, server):
        """Starts it; returns what it said on standard output until it was stopped."""
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen([binary(), "serve", "--listen", "127.0.0.1:0", *server.arguments], env=server.environ(),
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True)
            server.process, server.log = process, Lines(process.stderr)
            if server.log.wait_for(r"\bready\b") is None:
                raise AssertionError(server.log.text())
            self.assertEqual(server.stop(), 0)
            out.seek(0)
            return out.read()

    def check_zone(self, server):
        self.assertEqual(records(server, "example.com", "NS"), ["ns1.example.com."])
        self.assertEqual(records(server, "ns1.example.com", "A"), ["203.0.113.5"])
        self.assertEqual(records(server, "ns1.example.com", "AAAA"), ["2001:db8::5"])
        self.assertEqual(serial_of(server, "example.com"), 1)

    def test_it_makes_a_zone_and_says_what_to_do_next_once(self):
        server = self.make(*ZONE)
        said = self.start(server)
        self.assertIn("ns1.example.com. 203.0.113.5 2001:db8::5", said)
        self.assertIn("homing host add home.example.com", said)
        key = re.search(r"hmac-sha256:admin:\S+", said)[0]
        self.assertEqual(server.cli("welcome"), said)
        self.assertEqual(server.cli("welcome", "example.com"), said)
        self.assertEqual(self.start(server), "")
        self.assertEqual(server.log.find("warning"), [])
        server.start()
        self.check_zone(server)
        self.assertIn("homing host add", server.cli("welcome"))
        server.cli("host", "add", "home.example.com")
        update = f"server 127.0.0.1 {server.port}\nupdate add www.example.com. 60 A 192.0.2.80\nsend\n"
        subprocess.run(["nsupdate", "-y", key], input=update, text=True, check=True, timeout=PATIENCE, capture_output=True)
        self.assertEqual(records(server, "www.example.com", "A"), ["192.0.2.80"])
        self.assertRegex(server.cli("history", "--limit", "all"), r"user:\S+ via first run")

    def test_by_variables(self):
        server = self.make(environment={"HOMING_ZONE": "example.com", "HOMING_ADDRESS": "203.0.113.5, 2001:db8::5"}).start()
        self.check_zone(server)

    def test_without_them_it_says_what_to_do_and_serves(self):
        server = self.make()
        said = self.start(server)
        self.assertEqual(said.count("\n"), 5, said)
        self.assertIn("--zone example.com --address", said)
        server.start()
        server.cli("zone", "add", "example.net")
        self.assertEqual(records(server, "example.net", "NS"), ["ns1.example.net."])
        server.stop()
        self.assertEqual(self.start(server), "")

    def test_with_other_words_a_later_start_changes_nothing_and_says_so(self):
        server = self.make(*ZONE).start()
        server.stop()
        before = server.cli("zone", "export", "example.com")
        server.arguments = ("--zone", "example.net", "--address", "203.0.113.5")
        self.assertEqual(self.start(server), "")
        zone_advice = server.log.find(r"warn.*--zone example\.net is for the first start alone.*'homing (zone add example\.net .*)'")
        server.arguments = ("--zone", "example.com", "--address", "203.0.113.77")
        self.assertEqual(self.start(server), "")
        address_advice = server.log.find(r"warn.*'homing (record set ns1\.example\.com 3600 A 203\.0\.113\.77)'")
        self.assertEqual(server.cli("zone", "export", "example.com"), before)
        self.assertEqual(server.cli("zone", "list").count("\n"), 1)
        for advice in (zone_advice, address_advice):
            server.cli(*advice[0][1].split(" "))
        self.assertEqual(self.start(server), "")
        self.assertEqual(server.log.find("warn"), [])
        server.arguments = ("--zone", "example.net", "--address", "203.0.113.5")
        self.assertEqual(self.start(server), "")
        self.assertEqual(server.log.find("warn"), [])

    def test_the_journal_is_not_told_the_key(self):
        """As systemd starts it: standard output is a stream that JOURNAL_STREAM names."""
        for named, is_told in ((True, False), (False, True)):
            with self.subTest(named):
                server = self.make(*ZONE)
                ours, journal = socket.socketpair()
                with ours, journal:
                    status = os.fstat(journal.fileno())
                    stream = f"{status.st_dev}:{status.st_ino + (0 if named else 1)}"
                    process = subprocess.Popen([binary(), "serve", "--listen", "127.0.0.1:0", *ZONE],
                                               env={**server.environ(), "JOURNAL_STREAM": stream}, stdin=subprocess.DEVNULL,
                                               stdout=journal, stderr=subprocess.PIPE, text=True)
                    server.process, server.log = process, Lines(process.stderr)
                    self.assertIsNotNone(server.log.wait_for(r"\bready\b"), server.log.text())
                    self.assertEqual(server.stop(), 0)
                    journal.close()
                    with ours.makefile() as said:
                        text = said.read()
                self.assertIn("ns1.example.com. 203.0.113.5 2001:db8::5", text)
                self.assertEqual("hmac-sha256:admin:" in text, is_told, text)
                self.assertEqual("homing key show admin\n" in text, not is_told, text)
                self.assertRegex(server.cli("key", "show", "admin"), r"hmac-sha256:admin:\S+")

    def test_what_is_wrong_with_the_words(self):
        for words, said in ((("--zone", "example.com"), "--zone wants --address"), (("--address", "192.0.2.1"), "--address wants --zone"),
                            (("--zone", "a..b", "--address", "192.0.2.1"), "--zone"), (("--zone", ".", "--address", "192.0.2.1"), "no room"),
                            (("--zone", "example.com", "--address", "ns1"), "--address ns1: not an IPv4 or IPv6 address")):
            with self.subTest(words):
                server = self.make()
                done = server.run("serve", "--listen", "127.0.0.1:0", *words)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)
                self.assertFalse(os.path.exists(server.data))

    def test_a_key_that_is_there_stays(self):
        server = self.make(*ZONE)
        key = server.cli("key", "add", "admin", "--grant", "*", "--preset", "admin")
        secret = re.search(r'secret "(.*)"', key)[1]
        self.assertIn(secret, self.start(server))

    def test_a_crash_leaves_all_of_it_or_nothing(self):
        rounds = int(os.environ.get("HOMING_TEST_ROUNDS", "12"))
        pick = random.Random(int(os.environ.get("HOMING_TEST_SEED", "1")))
        made = 0
        for _ in range(rounds):
            directory = tempfile.mkdtemp(prefix="homing-first-run-")
            self.addCleanup(shutil.rmtree, directory, True)
            server = self.make(*ZONE, data=os.path.join(directory, "data")).launch()
            try:
                server.process.wait(pick.uniform(0, 0.3))
            except subprocess.TimeoutExpired:
                pass
            server.kill()
            zones, keys = server.run("zone", "list").stdout, server.run("key", "list").stdout
            self.assertEqual(zones == "", keys == "", zones + keys)
            made += zones != ""
            server.start()
            self.check_zone(server)
            server.stop()
        print(f"killed {rounds} times, {made} of them after it was made")

    def test_a_disk_without_room_leaves_nothing(self):
        server = self.make(*ZONE)
        done = subprocess.run(["bash", "-c", f'ulimit -f 1; exec "$0" serve --listen 127.0.0.1:0 "$@"', binary(), *ZONE], env=server.environ(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn("admin", done.stdout)
        self.assertEqual(server.run("zone", "list").stdout, "")
        server.start()
        self.check_zone(server)


if __name__ == "__main__":
    unittest.main()
