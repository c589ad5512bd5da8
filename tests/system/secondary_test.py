#!/usr/bin/python3
"""Knot, BIND and NSD as secondaries of a homing primary, with what `homing secondary add` prints and nothing else: catalogs, NOTIFY, IXFR,
and everything signed."""
import json
import os
import time
import unittest

import dns.message
import dns.rcode

from dns_client import make_update, query, send_update, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, test_key
from peer_servers import lasting_port
from secondary_servers import Bind, Homing, Knot, Nsd, content

CATALOG = "catalog.invalid."
KEY = test_key()
UPDATES = int(os.environ.get("HOMING_TEST_UPDATES", "600"))


def wait_for(condition, what, patience=PATIENCE):
    """Asks again until it is so; a command of ours takes long enough that nobody need sleep."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so in {patience} s: {what}")


class SecondaryTest(unittest.TestCase):
    zones = {"example.com.": ZONE, "example.net.": ZONE}

    def setUp(self):
        self.primary = HomingServer(zones=self.zones, keys=[(KEY, ["*"])], listen=(f"127.0.0.1:{lasting_port()}",))
        self.addCleanup(self.primary.close)
        self.primary.start()

    def secondary(self, kind, *arguments):
        made = kind(self.primary, *arguments)
        self.addCleanup(made.close)
        return made.start()

    def one_of_each(self):
        return [self.secondary(Knot), self.secondary(Bind), self.secondary(Nsd, self.zones), self.secondary(Homing)]

    def update(self, zone, owner, address):
        update = make_update(zone, KEY)
        update.replace(owner, 60, "A", address)
        self.assertEqual(send_update(self.primary, update).rcode(), 0)

    def assert_same(self, secondaries, zone):
        serial = serial_of(self.primary, zone)
        for s in secondaries:
            s.wait_for_serial(zone, serial)
        expected = content(self.primary, zone, KEY)
        for s in secondaries:
            self.assertEqual(content(s, zone, s.key), expected, s.name)

    def status(self, *words):
        return json.loads(self.primary.cli("status", "--json", *words))

    def test_zones_come_by_the_catalog_and_go_with_it(self):
        secondaries = [self.secondary(Knot), self.secondary(Bind), self.secondary(Homing)]
        for zone in self.zones:
            self.assert_same(secondaries, zone)
        self.primary.cli("zone", "add", "new.example", "--ns", "ns1.new.example=192.0.2.7")
        self.assert_same(secondaries, "new.example.")
        self.update("new.example.", "host", "192.0.2.8")
        self.assert_same(secondaries, "new.example.")
        self.primary.cli("zone", "remove", "example.net")
        for s in secondaries:
            s.wait_for_serial("example.net.", None)
            self.assertIsNotNone(s.serial("example.com."))
        # Removed and added again it is another zone: with an older serial, too.
        self.primary.import_zone("example.net.", ZONE)
        self.assert_same(secondaries, "example.net.")

    def test_a_secondary_of_a_secondary(self):
        """It learns of zones and changes as the one between does; the catalog between is nobody's member."""
        between = self.secondary(Homing)
        self.assert_same([between], "example.com.")
        below = Homing(between.server, "below", "below.invalid")
        self.addCleanup(below.close)
        below.start()
        self.assert_same([below], "example.com.")
        for i in range(5):
            self.update("example.com.", "deep", f"192.0.2.{i + 1}")
        self.primary.cli("zone", "add", "new.example")
        self.assert_same([between, below], "example.com.")
        below.wait_for_serial("new.example.", 1)
        self.primary.cli("zone", "remove", "example.net")
        below.wait_for_serial("example.net.", None)
        members = [line.split()[4] for line in content(between, "below.invalid.", between.key) if " in ptr " in line]
        self.assertEqual(sorted(members), ["example.com.", "new.example."])
        self.assertNotIn(CATALOG, below.server.cli("zone", "list"))
        for server, catalog in ((between, CATALOG), (below, "below.invalid.")):   # for nobody's eyes there, either
            for name in (catalog, f"version.{catalog}"):
                self.assertEqual(query(server, name, "SOA").rcode(), dns.rcode.REFUSED)
            self.assertEqual(query(server, catalog, "SOA", key=server.key).rcode(), 0)

    def test_a_thousand_zones_by_one_catalog(self):
        names = [f"zone{i}.example." for i in range(1000)]
        knot = self.secondary(Knot)
        self.primary.import_zones({name: ZONE for name in names})
        for name in names[::50] + names[-1:]:
            knot.wait_for_serial(name, 1)
        self.update(names[500], "moved", "192.0.2.77")
        self.assert_same([knot], names[500])
        wait_for(lambda: self.status()["secondaries"][0]["behind"] == 0, "all zones are there")
        self.assertEqual(self.status()["secondaries"][0]["zones"], len(self.zones) + len(names))
        for name in names[:10]:
            self.primary.cli("zone", "remove", name)
        for name in names[:10]:
            knot.wait_for_serial(name, None)
        self.assertIsNotNone(knot.serial(names[10]))

    def test_many_updates_reach_all(self):
        """While they follow, the primary is killed and started again; then all have the same, and every serial was newer than the last."""
        secondaries = self.one_of_each()
        for zone in self.zones:
            self.assert_same(secondaries, zone)
        for i in range(UPDATES):
            if i == UPDATES // 2:
                self.primary.kill()
                self.primary.start()
            self.update(("example.com.", "example.net.")[i % 2], f"h{i % 50}", f"10.0.{i // 250 % 250}.{i % 250 + 1}")
            if i % 100 == 0:
                for s in secondaries:
                    s.serials = getattr(s, "serials", []) + [s.serial("example.com.")]
        for zone in self.zones:
            self.assert_same(secondaries, zone)
        for s in secondaries:
            known = [serial for serial in s.serials if serial is not None]
            self.assertEqual(known, sorted(known), s.name)

    def test_a_secondary_that_was_away_for_longer_than_the_journal(self):
        knot = self.secondary(Knot)
        self.assert_same([knot], "example.com.")
        knot.kill()
        self.update("example.com.", "away", "192.0.2.1")
        self.primary.import_zone("example.com.", ZONE + "".join(f"n{i} 60 A 10.1.1.{i}\n" for i in range(1, 200)))  # its journal begins anew
        self.update("example.com.", "away", "192.0.2.2")
        knot.start_again()
        self.assert_same([knot], "example.com.")

    def test_external_dns_beside_secondaries(self):
        """AXFR, then a batch of changes, again and again."""
        secondaries = [self.secondary(Knot), self.secondary(Bind)]
        for batch in range(5):
            known = content(self.primary, "example.com.", KEY)
            update = make_update("example.com.", KEY)
            for i in range(50):
                update.add(f"b{batch}-{i}", 300, "A", f"10.2.{batch}.{i + 1}")
                update.add(f"b{batch}-{i}", 300, "TXT", '"heritage=external-dns"')
                if batch:
                    update.delete(f"b{batch - 1}-{i}")
            self.assertEqual(send_update(self.primary, update, tcp=True).rcode(), 0)
            self.assertNotEqual(content(self.primary, "example.com.", KEY), known)
        self.assert_same(secondaries, "example.com.")

    def test_status(self):
        knot = self.secondary(Knot)
        self.assert_same([knot], "example.com.")
        self.update("example.com.", "seen", "192.0.2.3")
        self.assert_same([knot], "example.com.")
        wait_for(lambda: self.status()["secondaries"][0]["behind"] == 0, "the secondary is not behind")
        state = self.status()["secondaries"][0]
        self.assertEqual((state["name"], state["address"]), ("knot.", f"127.0.0.1:{knot.port}"))
        self.assertGreater(state["notifies"], 0)
        self.assertIsNotNone(state["last_heard"])
        knot.kill()
        self.update("example.com.", "unseen", "192.0.2.4")
        wait_for(lambda: self.status()["secondaries"][0]["behind"] == 1, "the secondary is behind")
        state = self.status("--zone", "example.com")[0]
        self.assertEqual(state["some_behind"][0]["zone"], "example.com.")
        self.assertEqual(state["some_behind"][0]["serial"], serial_of(self.primary, "example.com."))
        self.assertIsNotNone(state["some_behind"][0]["behind_since"])
        self.assertIn("1 of 2 zones behind", self.primary.cli("status"))
        self.assertIn("behind since", self.primary.cli("status", "--zone", "example.com"))
        knot.start_again()
        wait_for(lambda: self.status()["secondaries"][0]["behind"] == 0, "the secondary is not behind any more")


class CatalogTest(unittest.TestCase):
    """The catalog itself, with no secondary that runs."""

    def setUp(self):
        self.primary = HomingServer(zones={"example.com.": ZONE}, keys=[(KEY, ["*"])])
        self.addCleanup(self.primary.close)
        self.primary.start()

    def members(self):
        lines = [line.split() for line in content(self.primary, CATALOG, self.key)]
        return {words[4]: words[0] for words in lines if words[3] == "ptr"}

    def add(self, name="second", *words):
        text = self.primary.cli("secondary", "add", name, "127.0.0.1:9", *words)
        line = next(s for s in self.primary.cli("key", "show", name).splitlines() if "hmac-sha256:" in s)
        self.key = test_key(name=name + ".", secret=line.split()[-1].strip("'\"").split(":")[2])
        return text

    def test_what_is_in_it(self):
        text = self.add()
        for server in ("--- knot", "--- bind", "--- nsd", "--- homing"):
            self.assertIn(server, text)
        self.assertIn(self.key.secret, text)
        lines = content(self.primary, CATALOG, self.key)
        self.assertIn(f'version.{CATALOG} 0 in txt "2"', lines)
        self.assertIn(f"{CATALOG} 0 in ns invalid.", lines)
        first = self.members()
        self.assertEqual(set(first), {"example.com."})
        before = serial_of_signed(self.primary, self.key)
        self.primary.cli("zone", "add", "two.example")
        self.assertEqual(set(self.members()), {"example.com.", "two.example."})
        self.assertEqual(self.members()["example.com."], first["example.com."], "a member's name is stable")
        self.assertEqual(serial_of_signed(self.primary, self.key), before + 1)
        two = self.members()["two.example."]
        self.primary.cli("zone", "remove", "two.example")
        self.assertEqual(set(self.members()), {"example.com."})
        self.primary.cli("zone", "add", "two.example")
        self.assertNotEqual(self.members()["two.example."], two, "the same name is not the same zone (RFC 9432 5.6)")
        self.primary.import_zone("two.example.", ZONE)
        self.assertEqual(set(self.members()), {"example.com.", "two.example."})

    def test_nothing_is_said_of_one_that_was_never_heard_of(self):
        self.add()
        self.assertIn("nothing was heard of it so far", self.primary.cli("status"))
        self.assertIn("unknown there", self.primary.cli("status", "--zone", "example.com"))

    def test_it_survives_a_kill(self):
        self.add()
        self.primary.cli("zone", "add", "two.example")
        before = self.members()
        self.primary.kill()
        self.primary.start()
        self.assertEqual(self.members(), before)
        self.assertEqual(query(self.primary, CATALOG, "SOA").rcode(), dns.rcode.REFUSED, "it is hidden after a start, too")
        self.primary.cli("zone", "add", "three.example")
        self.assertEqual(len(self.members()), 3)
        self.assertEqual(query(self.primary, CATALOG, "SOA").rcode(), dns.rcode.REFUSED, "and after it has changed")

    def test_it_is_for_who_may_transfer_it(self):
        self.add()
        nobody = test_key(name="nobody.")
        self.primary.add_key(nobody, ["example.com."])
        for name in (CATALOG, f"version.{CATALOG}", f"none.{CATALOG}"):
            for kind in ("SOA", "TXT", "ANY"):
                self.assertEqual(query(self.primary, name, kind).rcode(), dns.rcode.REFUSED)
                self.assertEqual(query(self.primary, name, kind, key=nobody).rcode(), dns.rcode.REFUSED)
        self.assertEqual(query(self.primary, CATALOG, "SOA", key=self.key).rcode(), 0)
        self.assertEqual(query(self.primary, "example.com.", "SOA").rcode(), 0)

    def test_nobody_else_changes_it(self):
        self.add()
        update = make_update(CATALOG, KEY)
        update.add("x.zones", 0, "PTR", "evil.example.")
        self.assertEqual(send_update(self.primary, update).rcode(), dns.rcode.REFUSED)
        for words in (("zone", "remove", CATALOG), ("zone", "add", CATALOG),
                      ("record", "set", f"x.zones.{CATALOG}", "0", "PTR", "evil.example.")):
            done = self.primary.run(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("homing keeps itself", done.stderr)

    def test_secondaries_come_and_go(self):
        self.assertEqual(self.primary.cli("secondary", "list"), "")
        self.add("one")
        self.add("two")
        listing = self.primary.cli("secondary", "list")
        self.assertIn("one.", listing)
        self.assertIn("two.", listing)
        again = self.primary.run("secondary", "add", "one", "127.0.0.1:9")
        self.assertEqual(again.returncode, 1)
        self.assertIn("is there already", again.stderr)
        self.primary.cli("secondary", "remove", "one")
        self.assertNotIn("one.", self.primary.cli("secondary", "list"))
        self.assertNotEqual(self.primary.run("key", "show", "one").returncode, 0)
        self.members()
        self.primary.cli("secondary", "remove", "two")
        self.assertNotIn("catalog", self.primary.cli("zone", "list"))
        self.add("three", "--catalog", "zones.example.org")
        self.assertIn("zones.example.org", self.primary.cli("zone", "list"))

    def test_what_is_wrong_is_told(self):
        for words, said in ((("127.0.0.1:99999",), "port"), (("nowhere",), "ADDR nowhere"), (("0.0.0.0",), "one server"),
                            (("127.0.0.1", "--catalog", "example.com"), "--catalog")):
            done = self.primary.run("secondary", "add", "bad", *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(said, done.stderr)
        self.assertEqual(self.primary.cli("secondary", "list"), "")
        done = self.primary.run("secondary", "show", "bad")
        self.assertEqual(done.returncode, 1)


def serial_of_signed(server, key):
    return query(server, CATALOG, "SOA", key=key).answer[0][0].serial


if __name__ == "__main__":
    unittest.main()
