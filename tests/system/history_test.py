#!/usr/bin/python3
"""What was changed, by whom, and how it is taken back: history, undo and diff, with changes made in every way there is."""
import json
import subprocess
import threading
import unittest
from datetime import datetime, timezone

from dns_client import records, serial_of
from homing_server import KEY, ZONE, HomingServer, test_key

FAILED, USAGE = 1, 2


class Case(unittest.TestCase):
    def setUp(self):
        self.key = test_key()
        self.server = HomingServer(zones={"example.com": ZONE}, keys=[(self.key, ["*"])])
        self.addCleanup(self.server.close)
        self.server.start()

    def nsupdate(self, *lines, tcp=False, key=None):
        words = ["nsupdate", "-y", (key or self.key).line] + (["-v"] if tcp else [])
        text = "\n".join([f"server 127.0.0.1 {self.server.port}", "zone example.com", *lines, "send", ""])
        done = subprocess.run(words, input=text, text=True, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def cli(self, *words):
        return self.server.cli(*words)

    def refused(self, *words, code=FAILED):
        done = self.server.run(*words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def history(self, *words):
        return [json.loads(line) for line in self.cli("history", "--json", *words).splitlines()]

    def last(self):
        return self.history("--limit", "1")[0]

    def www(self):
        return records(self.server, "www.example.com", "A")


class History(Case):
    def test_every_way_in_leaves_its_trace(self):
        begin = datetime.now(timezone.utc)
        self.nsupdate("update add udp.example.com 60 A 192.0.2.1")
        self.nsupdate("update add tcp.example.com 60 A 192.0.2.1", tcp=True)
        self.cli("record", "set", "cli.example.com", "60", "A", "192.0.2.1")
        self.cli("record", "delete", "cli.example.com")
        self.server.import_zone("example.com", ZONE)
        self.cli("zone", "add", "example.net")
        self.cli("zone", "remove", "example.net")
        self.cli("undo", "6")
        found = self.history("--limit", "8")
        self.assertEqual([e["via"] for e in reversed(found)],
                         ["dns/udp", "dns/tcp", "cli", "cli", "import", "cli", "cli", "undo 6"])
        self.assertEqual([e["kind"] for e in reversed(found)],
                         ["changed"] * 5 + ["added", "removed", "changed"])
        self.assertEqual([e["change"] for e in found], sorted((e["change"] for e in found), reverse=True))
        for e in found:
            over_dns = e["via"].startswith("dns/")
            self.assertEqual(e["key"], self.key.name if over_dns else None)
            self.assertRegex(e["address"], r"^127\.0\.0\.1#\d+$" if over_dns else r"^user:\w+$")
            made = datetime.fromisoformat(e["time"].replace("Z", "+00:00"))
            self.assertLessEqual(abs((made - begin).total_seconds()), 600)

    def test_an_entry_has_what_left_and_what_came_and_the_serials(self):
        before = serial_of(self.server, "example.com")
        self.nsupdate("update delete www.example.com A", "update add www.example.com 60 A 192.0.2.7",
                      "update add new.example.com 60 TXT \"a b\"")
        e = self.last()
        self.assertEqual((e["zone"], e["serial_from"], e["serial_to"]), ("example.com.", before, before + 1))
        self.assertEqual(e["removed"], [{"name": "www.example.com.", "ttl": 3600, "type": "A", "rdata": "192.0.2.80"}])
        self.assertEqual(e["added"], [{"name": "www.example.com.", "ttl": 60, "type": "A", "rdata": "192.0.2.7"},
                                      {"name": "new.example.com.", "ttl": 60, "type": "TXT", "rdata": '"a b"'}])
        text = self.cli("history", "--limit", "1")
        for part in (f"change {e['change']} ", "example.com.", f"serial {before} -> {before + 1}", self.key.name, e["address"],
                     "dns/udp", "- www.example.com. 3600 IN A 192.0.2.80", "+ www.example.com. 60 IN A 192.0.2.7"):
            self.assertIn(part, text)
        self.assertEqual(self.cli("history", "--change", str(e["change"])), text)

    def test_a_name_shows_what_touched_it(self):
        self.nsupdate("update add a.example.com 60 A 192.0.2.1", "update add x.a.example.com 60 A 192.0.2.1")
        self.nsupdate("update add x.a.example.com 60 A 192.0.2.2")
        self.nsupdate("update add b.example.com 60 A 192.0.2.1")
        self.cli("zone", "add", "other.example")
        touching = [e["change"] for e in self.history("a.example.com") if e["kind"] == "changed"]
        self.assertEqual(touching, [2])
        self.assertEqual([e["change"] for e in self.history("A.Example.COM.", "--below") if e["kind"] == "changed"], [3, 2])
        self.assertEqual({e["zone"] for e in self.history("example.com")}, {"example.com."})
        self.assertEqual(len(self.history("example.com")), 4)
        text = self.cli("history", "a.example.com", "--limit", "1")
        self.assertIn("(1 more at other names)", text)
        self.assertNotIn("x.a.example.com", text)
        self.assertIn("no zone", self.refused("history", "www.example.org"))

    def test_a_zone_that_is_gone_still_has_its_history(self):
        self.cli("zone", "add", "gone.example")
        self.cli("record", "set", "www.gone.example", "60", "A", "192.0.2.1")
        self.cli("zone", "remove", "gone.example")
        self.assertEqual([e["kind"] for e in self.history("gone.example")], ["removed", "changed", "added"])
        self.cli("zone", "add", "gone.example")
        self.assertEqual([e["kind"] for e in self.history("gone.example")], ["added", "removed", "changed", "added"])
        self.assertEqual(len(self.history("www.gone.example")), 4)

    def test_by_key_and_since(self):
        other = test_key(name="other.key.", secret="b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXI=")
        self.server.add_key(other)
        self.nsupdate("update add a.example.com 60 A 192.0.2.1")
        self.nsupdate("update add b.example.com 60 A 192.0.2.1", key=other)
        self.assertEqual([e["added"][0]["name"] for e in self.history("--key", "OTHER.key")], ["b.example.com."])
        self.assertEqual(self.history("--key", "third.key"), [])
        self.assertEqual(len(self.history("--since", "1h")), 3)
        self.assertEqual(self.history("--since", "2100-01-01"), [])
        for nonsense in ("yesterday", "7", "2026-13-01"):
            self.assertIn(nonsense, self.refused("history", "--since", nonsense, code=USAGE))

    def test_long_changes_are_cut_short_for_people_alone(self):
        self.nsupdate(*(f"update add big.example.com 60 A 192.0.2.{i}" for i in range(50)), tcp=True)
        self.assertIn("... and 40 more", self.cli("history", "--limit", "1"))
        self.assertEqual(self.cli("history", "--limit", "1", "--full").count("+ big.example.com."), 50)
        self.assertEqual(len(self.last()["added"]), 50)

    def test_so_many_changes_at_most(self):
        for i in range(25):
            self.cli("record", "set", "n.example.com", str(60 + i), "A", "192.0.2.1")
        done = self.server.run("history")
        self.assertEqual(done.stdout.count("change "), 20)
        self.assertIn("--limit", done.stderr)
        self.assertEqual(self.cli("history", "--limit", "all").count("change "), 26)
        self.assertEqual(self.cli("history", "--limit", "3").count("change "), 3)
        self.assertEqual(len(self.history()), 26)

    def test_nothing_hostile_reaches_a_terminal(self):
        self.nsupdate(r'update add \027\091H.example.com 60 TXT "\027[2J\r\n\200"')
        for text in (self.cli("history", "--limit", "1"), self.cli("history", "--json", "--limit", "1"), self.cli("diff", "example.com", "1")):
            self.assertRegex(text, r"\A[ -~\n]*\Z")
            self.assertIn("027", text)

    def test_without_a_server_too(self):
        self.server.stop()
        self.cli("record", "set", "a.example.com", "60", "A", "192.0.2.1")
        self.assertRegex(self.last()["address"], r"^user:\w+$")
        self.cli("undo", "2")
        self.assertEqual(self.last()["via"], "undo 2")
        self.assertIn("-example.com.", self.cli("diff", "example.com", "1"))


class Undo(Case):
    def test_a_change_is_taken_back(self):
        self.nsupdate("update delete www.example.com A", "update add www.example.com 60 A 192.0.2.7")
        change, serial = self.last()["change"], serial_of(self.server, "example.com")
        tried = self.cli("undo", str(change), "--dry-run")
        self.assertEqual(self.www(), ["192.0.2.7"])
        said = self.cli("undo", str(change))
        for text in (tried, said):
            self.assertIn("+ www.example.com. 3600 IN A 192.0.2.80", text)
        self.assertEqual(self.www(), ["192.0.2.80"])
        self.assertEqual(serial_of(self.server, "example.com"), serial + 1)
        undone = self.last()
        self.assertEqual(undone["via"], f"undo {change}")
        self.assertIn(f"by change {undone['change']}", said)
        self.cli("undo", str(undone["change"]))
        self.assertEqual(self.www(), ["192.0.2.7"])

    def test_conflicts_are_named_and_nothing_is_done(self):
        self.nsupdate("update delete www.example.com A", "update add www.example.com 60 A 192.0.2.7",
                      "update add x.example.com 60 TXT x")
        first = self.last()["change"]
        self.nsupdate("update add www.example.com 60 A 192.0.2.8")
        second = self.last()
        said = self.refused("undo", str(first))
        for part in ("www.example.com. A", str(second["change"]), self.key.name, second["address"]):
            self.assertIn(part, said)
        self.assertNotIn("x.example.com.", said)
        self.assertEqual(records(self.server, "x.example.com", "TXT"), ['"x"'])
        self.cli("undo", str(first), "--partial")
        self.assertEqual(records(self.server, "x.example.com", "TXT"), [])
        self.assertEqual(sorted(self.www()), ["192.0.2.7", "192.0.2.8"])
        self.cli("undo", str(second["change"]))
        self.cli("undo", str(first))
        self.assertEqual(self.www(), ["192.0.2.80"])

    def test_an_import_is_taken_back_like_any_change(self):
        self.server.import_zone("example.com", ZONE.replace("192.0.2.80", "192.0.2.81").replace("alias   CNAME www\n", ""))
        change = self.last()["change"]
        self.nsupdate("update add later.example.com 60 A 192.0.2.1")
        self.cli("undo", str(change))
        self.assertEqual(self.www(), ["192.0.2.80"])
        self.assertEqual(records(self.server, "alias.example.com", "CNAME"), ["www.example.com."])
        self.assertEqual(records(self.server, "later.example.com", "A"), ["192.0.2.1"])

    def test_what_cannot_be_taken_back_says_what_can_be_done(self):
        self.cli("zone", "add", "other.example")
        added = self.last()["change"]
        self.assertIn("homing zone remove other.example.", self.refused("undo", str(added)))
        self.cli("record", "set", "a.other.example", "60", "A", "192.0.2.1")
        inside = self.last()["change"]
        self.cli("zone", "remove", "other.example")
        self.assertIn("zone import", self.refused("undo", str(self.last()["change"])))
        self.assertIn("was removed since", self.refused("undo", str(inside)))
        self.assertIn("no change 4711", self.refused("undo", "4711"))
        for nonsense in ("0", "-- -1", "x", "1x", "99999999999999999999"):
            self.refused("undo", *nonsense.split(), code=USAGE)

    def test_undone_under_load_it_is_undone_once(self):
        """Somebody changes the same name all the time: an undo is done on what it has seen, or not at all."""
        self.nsupdate("update add busy.example.com 60 A 192.0.2.1")
        change = str(self.last()["change"])
        stop = threading.Event()

        def keep_busy():
            while not stop.is_set():
                self.nsupdate("update add busy.example.com 60 A 192.0.2.2", "update add other.example.com 60 A 192.0.2.1")
                self.nsupdate("update delete busy.example.com A 192.0.2.2", "update delete other.example.com")
        busy = threading.Thread(target=keep_busy)
        busy.start()
        try:
            outcomes = [self.server.run("undo", change) for _ in range(20)]
        finally:
            stop.set()
            busy.join()
        done = [o for o in outcomes if "is undone" in o.stdout]
        self.assertLessEqual(len(done), 1, [o.stdout + o.stderr for o in outcomes])
        self.assertEqual("192.0.2.1" in records(self.server, "busy.example.com", "A"), not done)


class Diff(Case):
    def lines(self, *words):
        return self.cli("diff", *words).splitlines()

    def test_the_net_difference(self):
        self.nsupdate("update add a.example.com 60 A 192.0.2.1", "update add b.example.com 60 A 192.0.2.1")
        self.nsupdate("update delete a.example.com", "update delete www.example.com A", "update add www.example.com 60 A 192.0.2.9")
        soa = "example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. {} 7200 3600 1209600 300"
        expected = ["--- example.com. serial 1", "+++ example.com. serial 3", "-" + soa.format(1), "+" + soa.format(3),
                    "+b.example.com. 60 IN A 192.0.2.1", "-www.example.com. 3600 IN A 192.0.2.80",
                    "+www.example.com. 60 IN A 192.0.2.9"]
        self.assertEqual(self.lines("example.com", "1", "3"), expected)
        self.assertEqual(self.lines("example.com", "1"), expected)
        back = self.lines("example.com", "3", "1")
        self.assertEqual(sorted(line[1:] for line in back[2:]), sorted(line[1:] for line in expected[2:]))
        self.assertIn("+www.example.com. 3600 IN A 192.0.2.80", back)
        self.assertEqual(self.lines("example.com", "2", "2"), [])

    def test_what_is_not_known_is_said(self):
        self.nsupdate("update add example.com 3600 SOA ns1.example.com. hostmaster.example.com. 4000000000 1 2 3 4",
                      "update add a.example.com 60 A 192.0.2.1")
        self.nsupdate("update add example.com 3600 SOA ns1.example.com. hostmaster.example.com. 2000000000 1 2 3 4")
        self.nsupdate("update add b.example.com 60 A 192.0.2.1")
        serial = serial_of(self.server, "example.com")
        self.assertIn("has not come to serial", self.refused("diff", "example.com", str(serial + 1)))
        self.assertIn("never had serial", self.refused("diff", "example.com", str(serial - 10)))
        self.refused("diff", "example.com", "-1", code=USAGE)
        self.refused("diff", "example.com", "4294967296", code=USAGE)
        self.refused("diff", "example.org", "1")

    def test_the_serial_goes_round(self):
        for serial in (2000000000, 4000000000, 5):
            self.nsupdate(f"update add example.com 3600 SOA ns1.example.com. hostmaster.example.com. {serial} 1 2 3 4",
                          f"update add n{serial}.example.com 60 A 192.0.2.1")
        self.assertEqual(sum("IN A" in line for line in self.lines("example.com", "1", "5")), 3)
        self.assertIn("+n5.example.com. 60 IN A 192.0.2.1", self.lines("example.com", "4000000000"))
        self.assertIn("-n5.example.com. 60 IN A 192.0.2.1", self.lines("example.com", "5", "4000000000"))


if __name__ == "__main__":
    unittest.main()
