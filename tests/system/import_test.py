#!/usr/bin/python3
"""Imports: the server goes on answering meanwhile, each zone changes as a whole, and bad files are named."""
import os
import tempfile
import threading
import time
import unittest

from dns_client import make_update, query, rcode_of, records, send_update, serial_of
from homing_server import PATIENCE, ZONE, HomingServer, test_key

KEY = test_key()
RECORDS = 10_000


def big_zone(count, network):
    hosts = "\n".join(f"h{i} 60 A {network}.{i >> 8}.{i & 255}" for i in range(count))
    return f"{ZONE}\n{hosts}\n"


class Questioner(threading.Thread):
    """Asks the same few things over and over until told to stop; keeps the answers."""

    def __init__(self, server, names):
        super().__init__()
        self.server, self.names = server, names
        self.answers, self.slowest, self.error = {name: [] for name in names}, 0.0, None
        self.stopping, self.asked = threading.Event(), threading.Semaphore(0)

    def run(self):
        try:
            while not self.stopping.is_set():
                for name in self.names:
                    begin = time.monotonic()
                    self.answers[name].append(records(self.server, name, "A"))
                    self.slowest = max(self.slowest, time.monotonic() - begin)
                    self.asked.release()
        except Exception as error:   # told by finish()
            self.error = error

    def finish(self):
        self.stopping.set()
        self.join(PATIENCE)
        if self.error:
            raise self.error
        return self


class ImportTest(unittest.TestCase):
    def setUp(self):
        self.server = HomingServer(zones={"example.com.": ZONE, "other.example.": ZONE}, keys=[(KEY, ["*"])])
        self.addCleanup(self.server.close)
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def write(self, name, text):
        path = os.path.join(self.directory.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_answers_go_on_while_ten_thousand_records_are_imported(self):
        self.server.start()
        path = self.write("big", big_zone(RECORDS, "10.1"))
        asker = Questioner(self.server, ["www.other.example.", "www.example.com.", f"h{RECORDS - 1}.example.com."])
        asker.start()
        self.assertTrue(asker.asked.acquire(timeout=PATIENCE))
        self.server.cli("zone", "import", "example.com", path)
        asker.finish()
        self.assertEqual(set(map(tuple, asker.answers["www.other.example."])), {("192.0.2.80",)})
        self.assertEqual(set(map(tuple, asker.answers["www.example.com."])), {("192.0.2.80",)})
        self.assertGreater(len(asker.answers["www.other.example."]), 1)
        self.assertLess(asker.slowest, 5)
        for i in (0, RECORDS // 2, RECORDS - 1):
            self.assertEqual(records(self.server, f"h{i}.example.com.", "A"), [f"10.1.{i >> 8}.{i & 255}"])

    def test_a_zone_changes_as_a_whole(self):
        """While two versions of a zone take turns, its first and its last record are never seen of one older than before."""
        count = 2000
        self.server.start()
        paths = [self.write(f"v{i}", big_zone(count, f"10.{i}")) for i in (1, 2)]
        self.server.cli("zone", "import", "example.com", paths[0])
        asker = Questioner(self.server, ["h0.example.com.", f"h{count - 1}.example.com."])
        asker.start()
        for turn in range(4):
            self.server.cli("zone", "import", "example.com", paths[(turn + 1) % 2])
        asker.finish()
        first, last = asker.answers.values()
        for answers, host in ((first, "0.0"), (last, f"{(count - 1) >> 8}.{(count - 1) & 255}")):
            self.assertLessEqual({tuple(a) for a in answers}, {(f"10.1.{host}",), (f"10.2.{host}",)})

    def test_updates_go_on_during_an_import(self):
        self.server.start()
        path = self.write("big", big_zone(RECORDS, "10.1"))
        importing = threading.Thread(target=self.server.cli, args=("zone", "import", "example.com", path))
        importing.start()
        done = 0
        while importing.is_alive() or done < 10:
            update = make_update("other.example.", KEY)
            update.replace("moving", 60, "A", f"192.0.2.{done % 250}")
            self.assertEqual(send_update(self.server, update).rcode(), 0)
            self.assertEqual(records(self.server, "moving.other.example.", "A"), [f"192.0.2.{done % 250}"])
            done += 1
        importing.join(PATIENCE)

    def test_a_second_import_replaces_the_zone(self):
        self.server.start()
        before = serial_of(self.server, "example.com.")
        path = self.write("z", ZONE.replace("www     A   192.0.2.80", "www     A   192.0.2.81\nnew A 192.0.2.82"))
        self.server.cli("zone", "import", "example.com", path)
        self.assertEqual(records(self.server, "www.example.com.", "A"), ["192.0.2.81"])
        self.assertEqual(records(self.server, "new.example.com.", "A"), ["192.0.2.82"])
        after = serial_of(self.server, "example.com.")
        self.assertTrue(0 < (after - before) % 2**32 < 2**31, f"the serial went from {before} to {after}")
        self.server.import_zone("example.com", ZONE)
        self.assertEqual(rcode_of(self.server, "new.example.com."), "NXDOMAIN")
        self.assertTrue(0 < (serial_of(self.server, "example.com.") - after) % 2**32 < 2**31)

    def test_a_bad_file_changes_nothing(self):
        self.server.start()
        before = serial_of(self.server, "example.com.")
        path = self.write("bad", ZONE + "\nnew A 192.0.2.1\nbroken A 192.0.2.300\n")
        done = self.server.run("zone", "import", "example.com", path)
        self.assertEqual(done.returncode, 1)
        line = len(ZONE.split("\n")) + 2
        self.assertIn(f"{path}:{line}", done.stderr)
        self.assertEqual(rcode_of(self.server, "new.example.com."), "NXDOMAIN")
        self.assertEqual(serial_of(self.server, "example.com."), before)

    def check_import_all(self):
        good = {f"good{i}.example": ZONE for i in range(20)}
        bad = {"syntax.example": ZONE + "\nwww A not-an-address\n",
               "nosoa.example": "@ 60 NS ns.example.\nwww 60 A 192.0.2.1\n",
               "twosoa.example": ZONE + "\n@ 60 SOA other hostmaster 2 1 1 1 1\n",
               "nons.example": "@ 60 SOA ns hostmaster 1 1 1 1 1\nwww 60 A 192.0.2.1\n",
               "cname.example": ZONE + "\nwww CNAME other\n",
               "outside.example": ZONE + "\nwww.example.org. A 192.0.2.1\n"}
        for name, text in {**good, **bad}.items():
            self.write(name + ".zone", text)
        self.write("README", "not a zone file, and not called one")
        done = self.server.run("zone", "import", "--all", self.directory.name)
        self.assertEqual(done.returncode, 1, done.stderr)
        for name in bad:
            self.assertIn(f"{name}.zone", done.stderr, f"the bad file is not named in:\n{done.stderr}")
        for name in good:
            self.assertNotIn(f"/{name}.zone", done.stderr)
        listed = self.server.cli("zone", "list")
        for name in good:
            self.assertIn(name, listed)
        for name in bad:
            self.assertNotIn(name, listed)

    def check_good_zones(self):
        for i in range(20):
            self.assertEqual(records(self.server, f"www.good{i}.example.", "A"), ["192.0.2.80"])
        self.assertEqual(rcode_of(self.server, "www.nosoa.example."), "REFUSED")

    def test_import_all_offline(self):
        self.check_import_all()
        self.server.start()
        self.check_good_zones()

    def test_import_all_while_the_server_runs(self):
        self.server.start()
        self.check_import_all()
        self.check_good_zones()

    def test_import_all_of_good_files_only(self):
        for i in range(300):
            self.write(f"z{i}.example.zone", ZONE)
        self.server.cli("zone", "import", "--all", self.directory.name)
        self.server.start()
        for i in (0, 150, 299):
            self.assertEqual(records(self.server, f"www.z{i}.example.", "A"), ["192.0.2.80"])

    def test_a_directory_that_is_not_there(self):
        done = self.server.run("zone", "import", "--all", os.path.join(self.directory.name, "nowhere"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("nowhere", done.stderr)

    def test_export_is_what_was_imported(self):
        text = self.server.cli("zone", "export", "other.example")
        self.server.import_zone("copy.example", text.replace("other.example", "copy.example"))
        again = self.server.cli("zone", "export", "copy.example").replace("copy.example", "other.example")
        self.assertEqual(sorted(text.split("\n")), sorted(again.split("\n")))
        self.server.start()
        for name, rrtype in (("www", "A"), ("www", "AAAA"), ("alias", "CNAME"), ("mail", "MX"), ("text", "TXT")):
            here, there = (records(self.server, f"{name}.{zone}.example.", rrtype) for zone in ("other", "copy"))
            self.assertEqual([r.replace("copy", "other") for r in there], here)
            self.assertTrue(here)

    def test_a_query_for_a_zone_that_is_imported_and_removed(self):
        self.server.start()
        self.assertEqual(rcode_of(self.server, "www.new.example."), "REFUSED")
        self.server.import_zone("new.example", ZONE)
        self.assertEqual(records(self.server, "www.new.example.", "A"), ["192.0.2.80"])
        self.server.cli("zone", "remove", "new.example")
        self.assertEqual(rcode_of(self.server, "www.new.example."), "REFUSED")
        self.assertEqual(query(self.server, "new.example.", "SOA").answer, [])


if __name__ == "__main__":
    unittest.main()
