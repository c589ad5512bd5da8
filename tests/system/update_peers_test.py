#!/usr/bin/python3
"""Random UPDATE messages sent to homing and to BIND: the same rcode, and the same zone, serial included, after each.

What the messages leave out is where BIND goes its own way, each for a reason of its own:
- owners in other cases: BIND keeps an owner's case, and counts a record that differs by it alone as a change;
- a record twice among the value-dependent prerequisites: BIND compares lists, RFC 2136 3.2.3 RRsets;
- NSEC, NSEC3 and RRSIG, which BIND refuses in every zone, signed or not;
- DS below an NS that goes: BIND removes it with the NS, which no RFC asks for;
- name servers of the zone without an address in it, or below a DNAME, for which BIND refuses the update;
- type 0, which RFC 6895 3.1 keeps out of use, and BIND lets pass;
- serials 2^31 apart, for which RFC 1982 defines no order;
- messages whose prerequisites fail for a key that is not granted the update: BIND looks at the grants first, RFC 2136 at
  the prerequisites. Here the key may do everything.
HOMING_TEST_SEED and HOMING_TEST_MESSAGES choose other messages, and more.
"""
import os
import random
import shutil
import unittest

import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone

from dns_client import Tcp, algorithm_name, keyring_of
from homing_server import HomingServer, test_key
from peer_servers import Bind
from tsig_wire import sign
from update_wire import ALL_TYPES, ANY, IN, NONE, message, rr

ZONE_NAME = "example.com."
ZONE = """\
$TTL 3600
@       SOA ns1 hostmaster 7 7200 3600 1209600 300
        NS  ns1
        NS  ns2
ns1     A   192.0.2.1
ns2     A   192.0.2.2
"""
KEY = test_key()
OWNERS = ["@", "www", "www", "a", "b.a", "c.b.a", "*", "*.a", "sub", "x.sub", "d", "x.d"]
TYPES = ["A", "A", "A", "AAAA", "TXT", "NS", "NS", "CNAME", "CNAME", "SOA", "MX", "PTR", "DNAME", "SRV", "CAA", "TYPE65280"]
FAULTS = ["owner", "prerequisite", "type", "form"]
SERVERS = ["ns1", "NS2", "example.org."]
TARGETS = ["ns1", "NS2", "www", "a", "example.org."]


class Messages:
    def __init__(self, seed):
        self.random, self.serial = random.Random(seed), 7
        self.fault = None   # of the message: one kind at most, since which of two is told is a matter of taste
        self.said = []   # the last message's records, for people

    def record(self, owner, *fields):
        self.said.append(f"{owner} {' '.join(map(str, fields))}")
        return rr(owner, ZONE_NAME, *fields)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def owner(self):
        return "example.net." if self.fault == "owner" and self.one_in(5) else self.random.choice(OWNERS)

    def data(self, rrtype):
        n = self.random.randrange(3)
        target = self.random.choice(SERVERS if rrtype == "NS" else TARGETS)
        if rrtype == "SOA":
            self.serial += self.random.randrange(4)
            return f"{target} {target} {self.serial} 1 2 3 {n}"
        return {"A": f"192.0.2.{n}", "AAAA": f"2001:db8::{n}", "TXT": ["one", "One", '"two" "words"'][n], "MX": f"{n} {target}",
                "SRV": f"1 {n} 53 {target}", "CAA": f'0 issue "ca{n}.example"',
                "TYPE65280": [r"\# 0", r"\# 1 00", r"\# 2 0011"][n]}.get(rrtype, target)

    def prerequisites(self):
        """What is wrong in form comes first: BIND tells of it when it comes to it, homing before it looks at any."""
        found = {}
        for _ in range(self.random.choice([0, 0, 0, 1, 2, 3])):
            owner, rrtype = self.owner(), self.random.choice(TYPES)
            if self.one_in(3):
                data = self.data(rrtype)
                found[owner, rrtype, data.lower()] = self.record(owner, rrtype, IN, 0, data)
            else:
                rrtype = ALL_TYPES if self.one_in(3) else rrtype
                found[owner, rrtype] = self.record(owner, rrtype, self.random.choice([ANY, NONE]), 0)
        if self.fault == "owner":
            return [self.record("example.net.", "A", ANY, 0)][:self.random.randrange(2)]
        if self.fault == "prerequisite":
            return [self.record("www", "A", *self.random.choice([(ANY, 1), (3, 0), (NONE, 60)])), *found.values()]
        return list(found.values())

    def update(self):
        owner, rrtype, kind = self.owner(), self.random.choice(TYPES), self.random.randrange(8)
        if (owner, rrtype) == ("@", "DNAME"):
            owner = "d"   # not above the name servers
        if self.fault == "type" and self.one_in(3):
            return self.record(owner, self.random.choice(["AXFR", "IXFR", "MAILB", 200]), self.random.choice([IN, ANY, NONE]), 0)
        if self.fault == "form" and self.one_in(3):
            return self.record(owner, "A", *self.random.choice([(3, 0), (ANY, 60), (NONE, 60)]), b"\1\2\3\4")
        if kind == 0:
            return self.record(owner, ALL_TYPES, ANY, 0)
        if kind == 1:
            return self.record(owner, rrtype, ANY, 0)
        if kind < 4:
            return self.record(owner, rrtype, NONE, 0, self.data(rrtype))
        return self.record(owner, rrtype, IN, self.random.choice([0, 60, 300]), self.data(rrtype))

    def next(self):
        self.said = []
        self.fault = self.random.choice(FAULTS) if self.one_in(12) else None
        prerequisites = self.prerequisites()
        self.said.append("--")
        updates = [self.update() for _ in range(self.random.choice([0, 1, 1, 2, 3, 5, 8]))]
        zone = self.random.choice(["example.net.", "www.example.com."]) if self.fault is None and self.one_in(100) else ZONE_NAME
        return message(zone, prerequisites, updates)


class Peer:
    """A server, spoken to over one connection for updates."""

    def __init__(self, server):
        self.server, self.connection = server, Tcp(server)

    def update(self, wire):
        reply = self.connection.exchange(sign(wire, KEY)[0])
        return dns.rcode.to_text(reply[3] & 15)

    def zone(self):
        question = dns.message.make_query(ZONE_NAME, "AXFR")
        question.use_tsig(keyring_of(KEY), dns.name.from_text(KEY.name), algorithm=algorithm_name(KEY.algorithm))
        received = dns.zone.Zone(ZONE_NAME, relativize=False)
        dns.query.inbound_xfr(self.server.address, received, question, port=self.server.port, timeout=60)
        return sorted(f"{owner} {ttl} {dns.rdatatype.to_text(rdata.rdtype)} {rdata}".lower()
                      for owner, ttl, rdata in received.iterate_rdatas())


@unittest.skipUnless(shutil.which("named"), "needs BIND")
class UpdatePeersTest(unittest.TestCase):
    maxDiff = None

    def test_random_messages(self):
        seed = int(os.environ.get("HOMING_TEST_SEED", "1"))
        bind = Bind({ZONE_NAME: ZONE}, [(KEY, ["*"])])
        self.addCleanup(bind.close)
        bind.start()
        homing = HomingServer({ZONE_NAME: ZONE}, [(KEY, ["*"])])
        self.addCleanup(homing.close)
        homing.start()
        ours, theirs, messages = Peer(homing), Peer(bind), Messages(seed)
        self.addCleanup(ours.connection.close)
        self.addCleanup(theirs.connection.close)
        seen = set()
        for number in range(int(os.environ.get("HOMING_TEST_MESSAGES", "300"))):
            wire = messages.next()
            expected = theirs.update(wire)
            seen.add(expected)
            said = "\n".join([f"message {number} of seed {seed}:", *messages.said])
            self.assertEqual(ours.update(wire), expected, said)
            self.assertEqual(ours.zone(), theirs.zone(), said)
        self.assertLessEqual({"NOERROR", "FORMERR", "NXDOMAIN", "YXDOMAIN", "NXRRSET", "YXRRSET"}, seen)


if __name__ == "__main__":
    unittest.main()
