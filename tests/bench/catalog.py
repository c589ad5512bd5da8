#!/usr/bin/python3
"""What a zone more costs where there are many: catalog.py [ZONES]. Times `homing zone add`, its NOTIFY and the catalog's IXFR, and the first
`secondary add`, at a primary with so many zones (default: 100,000) and at one with a single one. HOMING_BIN names the binary."""
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import dns.message
import dns.rrset

from dns_client import Tcp, query
from homing_server import HomingServer, test_key
from notify_test import PlayedSecondary
from tsig_wire import sign

CATALOG = "catalog.invalid."
SMALL = "@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns.example.\n"


def measure(count, rounds=40):
    primary, played = HomingServer(), PlayedSecondary()
    try:
        primary.import_zones({f"zone{i}.example.": SMALL for i in range(count)})
        begin = time.monotonic()
        primary.start()
        started = time.monotonic() - begin
        begin = time.monotonic()
        key = played.follow(primary, "played")
        print(f"{count} zones: start {started:.2f} s, first secondary {time.monotonic() - begin:.2f} s")
        added, told, fetched = [], [], []
        for i in range(rounds):
            before = query(primary, CATALOG, "SOA", key=key).answer[0][0].serial
            known = len(played.of_zone(CATALOG))
            begin = time.monotonic()
            primary.cli("zone", "add", f"more{i}.test")
            added.append((time.monotonic() - begin) * 1000)
            played.wait_for(lambda: len(played.of_zone(CATALOG)) > known, "a NOTIFY of the catalog")
            told.append((played.of_zone(CATALOG)[known][0] - begin) * 1000)
            message = dns.message.make_query(CATALOG, "IXFR", flags=0)
            message.authority.append(dns.rrset.from_text(CATALOG, 0, "IN", "SOA", f". . {before} 0 0 0 0"))
            begin = time.monotonic()
            with Tcp(primary) as connection:
                reply = connection.exchange(sign(message.to_wire(), key)[0])
            fetched.append((time.monotonic() - begin) * 1000)
            assert len(reply) < 1000, "not what changed"
        for name, values in (("zone add, the command", added), ("until NOTIFY", told), ("IXFR of the catalog", fetched)):
            print(f"  {name}: median {statistics.median(values):.1f} ms, most {max(values):.1f} ms")
        state = next(line for line in primary.cli("status").splitlines() if line.startswith("memory"))
        print("  " + state)
    finally:
        played.close()
        primary.close()


if __name__ == "__main__":
    for zones in (1, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000):
        measure(zones)
