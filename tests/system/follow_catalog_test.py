#!/usr/bin/python3
"""Catalog zones (RFC 9432) from BIND and from homing: members come and go, begin anew, and a broken catalog changes nothing."""
import json
import os
import time
import unittest
from random import Random

from dns_client import records, serial_of
from followed_zone import KEY, NotifyingBind, secondary_server, soa_of, started, update, wait_for_rcode, wait_for_serial, wait_until, zone_text
from homing_server import HomingServer, test_key

CATALOG = "catalog.example."
CATALOG_ZONE = """\
$TTL 60
@ SOA invalid. invalid. 1 3600 2 1209600 60
  NS invalid.
version TXT "2"
a.zones PTR a.example.
"""


class CatalogTest(unittest.TestCase):
    def setUp(self):
        self.secondary = secondary_server()
        self.addCleanup(self.secondary.close)

    def follow(self, primary, catalog=CATALOG, key=KEY):
        return self.secondary.cli("follow", f"{primary.address}:{primary.port}", "--key", key.line, "--catalog", catalog)

    def test_members_of_a_catalog_at_bind(self):
        zones = {CATALOG: CATALOG_ZONE, **{f"{x}.example.": zone_text() for x in "abc"}}
        primary = started(NotifyingBind(zones, notified=[self.secondary.port]))
        self.addCleanup(primary.close)
        self.follow(primary)
        wait_for_serial(self.secondary, "a.example.", 1)
        self.assertIn("catalog of 127.0.0.1", self.secondary.cli("zone", "list"))
        # Comes.
        update(primary, CATALOG, ("add", "b.zones", 60, "PTR", "b.example."))
        wait_for_serial(self.secondary, "b.example.", 1)
        # Goes.
        update(primary, CATALOG, ("delete", "a.zones"))
        wait_for_rcode(self.secondary, "a.example.", "REFUSED")
        # Cannot be taken away here.
        refused = self.secondary.run("zone", "remove", "b.example.")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("member of the catalog zone", refused.stderr)
        # A zone of our own stays ours.
        self.secondary.import_zone("c.example.", zone_text().replace(" 1 3600", " 77 3600"))
        update(primary, CATALOG, ("add", "c.zones", 60, "PTR", "c.example."))
        self.assertTrue(self.secondary.log.wait_for(r"the member c\.example\. is left as it was"))
        self.assertEqual(serial_of(self.secondary, "c.example."), 77)
        # Broken: nothing changes.
        update(primary, CATALOG, ("delete", "version"), ("add", "version", 60, "TXT", '"3"'), ("delete", "b.zones"))
        self.assertTrue(self.secondary.log.wait_for(r"catalog catalog\.example\. is left as it was: its version is not 2"))
        self.assertEqual(soa_of(self.secondary, "b.example.")[1], 1)
        # Another label: from the beginning.
        update(primary, CATALOG, ("delete", "version"), ("add", "version", 60, "TXT", '"2"'), ("add", "again.zones", 60, "PTR", "b.example."))
        wait_until(lambda: "replaced" in (text := self.secondary.cli("history", "b.example.", "--limit", "all")) or text.count("created") > 1
                   or text.count("added") > 1 or "removed" in text, "b.example. begins anew")
        wait_for_serial(self.secondary, "b.example.", 1)
        self.secondary.restart()
        wait_for_serial(self.secondary, "b.example.", 1)
        self.secondary.cli("unfollow", CATALOG)
        self.assertEqual(soa_of(self.secondary, "b.example.")[0], "REFUSED")
        self.assertEqual(soa_of(self.secondary, "c.example.")[1], 77)

    def test_a_homing_primary(self):
        """With the one line that it prints: zones come by themselves, changes at once."""
        primary = started(HomingServer({"a.example.": zone_text()}, [(KEY, ["*"])]))
        self.addCleanup(primary.close)
        here = f"127.0.0.1:{self.secondary.port}"
        primary.cli("secondary", "add", "second", here, "--primary", f"127.0.0.1:{primary.port}")
        stanza = primary.cli("secondary", "show", "second", "homing", "--primary", f"127.0.0.1:{primary.port}")
        line = next(s for s in stanza.splitlines() if s.strip().startswith("homing follow"))
        self.secondary.cli(*line.split()[1:])
        wait_for_serial(self.secondary, "a.example.", 1)
        primary.cli("zone", "add", "new.example.", "--ns", "ns.example.net")
        wait_for_serial(self.secondary, "new.example.", 1)
        update(primary, "a.example.", ("add", "h", 60, "A", "192.0.2.5"))
        wait_for_serial(self.secondary, "a.example.", 2)
        self.assertEqual(records(self.secondary, "h.a.example.", "A"), ["192.0.2.5"])
        primary.cli("zone", "remove", "new.example.")
        wait_for_rcode(self.secondary, "new.example.", "REFUSED")

    def test_many_zones(self):
        """Of HOMING_TEST_ZONES zones (a few hundred, if it is not set) each comes by the catalog, and a change to one of them at once; says how soon."""
        count = int(os.environ.get("HOMING_TEST_ZONES", "300"))
        primary = HomingServer(keys=[(KEY, ["*"])])
        self.addCleanup(primary.close)
        primary.import_zones({f"z{i}.example.": zone_text() for i in range(count)})
        primary.start()
        primary.cli("secondary", "add", "second", f"127.0.0.1:{self.secondary.port}", "--primary", f"127.0.0.1:{primary.port}")
        stanza = primary.cli("secondary", "show", "second", "homing", "--primary", f"127.0.0.1:{primary.port}")
        began = time.monotonic()
        self.secondary.cli(*next(s for s in stanza.splitlines() if s.strip().startswith("homing follow")).split()[1:])

        def all_there():
            followed = json.loads(self.secondary.cli("status", "--json"))["followed"]
            return followed["zones"] == count + 1 and followed["without_contents"] == 0
        wait_until(all_there, f"{count} zones", patience=60 + count / 100)
        print(f"{count} zones in {time.monotonic() - began:.1f} s")
        took, random = [], Random(1)
        for i in range(100):
            zone = f"z{random.randrange(count)}.example."
            self.assertEqual(update(primary, zone, ("add", f"h{i}", 60, "A", "192.0.2.5")), "NOERROR")
            began, serial = time.monotonic(), serial_of(primary, zone)
            while (soa_of(self.secondary, zone)[1] or 0) < serial:
                self.assertLess(time.monotonic() - began, 60)
            took.append(time.monotonic() - began)
        took.sort()
        print(f"a change is there after {took[50] * 1000:.1f} ms (median), {took[98] * 1000:.1f} ms (p99)")
        self.assertLess(took[50], 10)   # of a machine that does much else


if __name__ == "__main__":
    unittest.main()
