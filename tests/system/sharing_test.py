#!/usr/bin/python3
"""What two workers share is only read: no cache line is written by a query to the one and by a query to the other.

The server's memory is read from outside before and after queries that the kernel gives to one worker, then to the other: whatever
changed was written by that worker. A store that leaves the same octets is not seen, so the queries differ in all that they can."""
import itertools
import json
import os
import re
import unittest

import dns.message

from dns_client import Tcp, Udp
from homing_server import ZONE, HomingServer

LINE = 64
QUERIES = 100
ATTEMPTS = 20
NAMES = ("www", "mail", "text", "alias", "missing", "deep.missing", "WWW", "ns1")
TYPES = ("A", "AAAA", "MX", "TXT", "SOA", "ANY")


counter = itertools.count()


def questions():
    for i in itertools.islice(counter, QUERIES):
        name = f"{NAMES[i % len(NAMES)]}.example.com" if i % 11 else f"not{i}.example.org"
        message = dns.message.make_query(name, TYPES[i % len(TYPES)], use_edns=0 if i % 3 == 0 else False)
        yield message.to_wire()


class Memory:
    """All that the process may write, at one moment."""

    def __init__(self, pid):
        self.regions = {}
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
                if m and "[v" not in line:
                    start, end = int(m[1], 16), int(m[2], 16)
                    memory.seek(start)
                    self.regions[start] = memory.read(end - start)

    def changed_lines(self, later):
        """Addresses of the lines that are not the same in `later`."""
        lines = set()
        for start, octets in later.regions.items():
            before = self.regions.get(start, b"")
            for page in range(0, len(octets), 4096):
                if before[page:page + 4096] != octets[page:page + 4096]:
                    lines.update(start + at for at in range(page, min(page + 4096, len(octets)), LINE)
                                 if before[at:at + LINE] != octets[at:at + LINE])
        return lines


def has_thread_sanitizer(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        return re.search("lib[at]san", maps.read()) is not None


class SharingTest(unittest.TestCase):
    def setUp(self):
        self.server = HomingServer(zones={"example.com.": ZONE}, arguments=("--workers", "2"))
        self.addCleanup(self.server.close)
        self.server.start()
        if has_thread_sanitizer(self.server.process.pid):
            self.skipTest("a sanitizer writes what the server only reads")

    def counts(self, counter):
        status = json.loads(self.server.cli("status", "--json", "--per-worker"))
        return [worker["counters"][counter] for worker in status["per_worker"]]

    def clients_of_both(self, kind, counter):
        """A client of each worker: the kernel tells by its port whose it is."""
        found = [None, None]
        while None in found:
            client = kind(self.server)
            self.addCleanup(client.close)
            before = self.counts(counter)
            client.exchange(dns.message.make_query("www.example.com", "A").to_wire())
            after = self.counts(counter)
            found[0 if after[0] > before[0] else 1] = client
        return found

    def assert_nothing_shared(self, clients):
        """Workers with connections also look at the clock now and then, and the other one may just then; but what two workers
        write for every query is common to them each time."""
        common = None
        for attempt in range(ATTEMPTS):
            moments, written = [Memory(self.server.process.pid)], []
            for client in clients:
                for wire in questions():
                    client.exchange(wire)
                moments.append(Memory(self.server.process.pid))
                written.append(moments[-2].changed_lines(moments[-1]))
            for lines in written:
                self.assertGreater(len(lines), 10, "nothing was seen: is this the server's memory?")
            common = written[0] & written[1] if common is None else common & written[0] & written[1]
            if attempt > 0 and not common:   # the first time, things happen that happen once
                return
        self.fail(f"both workers write {[hex(line) for line in sorted(common)]}")

    def test_queries_over_udp(self):
        self.assert_nothing_shared(self.clients_of_both(Udp, "udp_requests"))

    def test_queries_over_tcp(self):
        self.assert_nothing_shared(self.clients_of_both(Tcp, "tcp_requests"))


if __name__ == "__main__":
    unittest.main()
