#!/usr/bin/python3
"""Random UPDATE messages sent to homing and to BIND: the same rcode, and the same zone, serial included, after each.

What the random messages leave out is where BIND goes its own way: each of these differences stands in DIFFERENCES, with its
reason, and is shown to be what is said there. HOMING_TEST_SEED and HOMING_TEST_MESSAGES choose other messages, and more.
"""
import os
import random
import shutil
import struct
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
from update_wire import ALL_TYPES, ANY, IN, NONE, message, name, rr

ZONE_NAME = "example.com."
ZONE = """\
$TTL 3600
@       SOA ns1 hostmaster 7 7200 3600 1209600 300
        NS  ns1
        NS  ns2
ns1     A   192.0.2.1
ns2     A   192.0.2.2
"""
KEY, NARROW = test_key(), test_key(name="narrow.key.")
KEYS = [(KEY, ["*"]), (NARROW, ["sub.example.com"])]
OWNERS = ["@", "www", "www", "a", "b.a", "c.b.a", "*", "*.a", "sub", "x.sub", "d", "x.d"]
TYPES = ["A", "A", "A", "AAAA", "TXT", "NS", "NS", "CNAME", "CNAME", "SOA", "MX", "PTR", "DNAME", "SRV", "CAA", "TYPE65280"]
ENDS_WITH_A_NAME = {"NS", "CNAME", "PTR", "MX", "SRV"}
FAULTS = ["owner", "prerequisite", "type", "form"]
SERVERS = ["ns1", "NS2", "example.org."]
TARGETS = ["ns1", "NS2", "www", "a", "example.org."]




def at(owner, rrtype, rrclass=IN, ttl=60, rdata=b""):
    return rr(owner, ZONE_NAME, rrtype, rrclass, ttl, rdata)


class Difference:
    """A message to which BIND answers otherwise, or does something else with it. Records are "OWNER TYPE"."""

    def __init__(self, why, updates, before=(), prerequisites=(), ours="NOERROR", theirs="NOERROR", only_ours=(), only_theirs=()):
        self.why, self.before, self.prerequisites, self.updates = why, before, prerequisites, updates
        self.ours, self.theirs = ours, theirs
        self.only_ours, self.only_theirs = set(only_ours), set(only_theirs)


A9 = at("www", "A", rdata="192.0.2.9")
STEP = "example.com. soa"   # the serial
NEW_NS = ["example.com. ns"]
DIFFERENCES = [
    Difference("Names are equal whatever their case (RFC 1035 2.3.3), so nothing changes; BIND keeps the case and takes it for a change.",
               [at("WWW", "A", rdata="192.0.2.9")], before=[A9], only_ours=[STEP], only_theirs=[STEP]),
    Difference("RFC 2136 3.2.3 compares RRsets, which are sets (RFC 2181 5); BIND compares lists, in which a record may stand twice.",
               [at("x", "A", rdata="192.0.2.9")], before=[A9], prerequisites=[at("www", "A", IN, 0, "192.0.2.9")] * 2,
               theirs="NXRRSET", only_ours=["x.example.com. a", STEP], only_theirs=[STEP]),
    *[Difference("BIND signs zones itself, and refuses records of signing in all of them; here a signer outside may bring them.",
                 [record], theirs="REFUSED", only_ours=[owner, STEP], only_theirs=[STEP])
      for owner, record in (
          ("www.example.com. nsec", at("www", "NSEC", rdata="www A")),
          ("2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.com. nsec3",
           at("2t7b4g4vsa5smi47k61mv5bv1a22bojr", "NSEC3", rdata="1 0 1 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A")),
          ("www.example.com. rrsig", at("www", "RRSIG", rdata="A 8 2 60 20300101000000 20200101000000 1 example.com. AAAA")))],
    Difference("A CDS without a DNSKEY says nothing to anybody, and a DNSKEY may follow in the next message; BIND refuses it.",
               [at("@", "CDS", rdata="1 8 2 " + "00" * 32)], theirs="REFUSED", only_ours=["example.com. cds", STEP], only_theirs=[STEP]),
    Difference("A DNSKEY whose key it does not have makes BIND fail to sign.",
               [at("@", "DNSKEY", rdata="257 3 8 AwEAAag=")], theirs="SERVFAIL", only_ours=["example.com. dnskey", STEP], only_theirs=[STEP]),
    Difference("BIND takes an NSEC3PARAM for an order to build a chain, and notes that in a record of a private type.",
               [at("@", "NSEC3PARAM", rdata="1 0 0 -")], only_ours=["example.com. nsec3param"], only_theirs=["example.com. type65534"]),
    Difference("No RFC has a DS go with its NS; who deletes one without the other may be about to replace it.",
               [at("sub", "NS", ANY, 0)], before=[at("sub", "NS", rdata="ns.example.net."), at("sub", "DS", rdata="1 8 2 " + "00" * 32)],
               only_ours=["sub.example.com. ds"]),
    Difference("A name server without an address is a mistake, but an address may follow, or precede in the order of a client.",
               [at("@", "NS", rdata="ns9")], theirs="REFUSED", only_ours=[*NEW_NS, STEP], only_theirs=[*NEW_NS, STEP]),
    Difference("A DNAME at the apex hides the name servers' own addresses, which is allowed (RFC 6672 2.4), if not wise.",
               [at("@", "DNAME", rdata="example.net.")], theirs="REFUSED", only_ours=["example.com. dname", STEP], only_theirs=[STEP]),
    Difference("Type 0 is not to be used (RFC 6895 3.1), so no RRset of it can be meant.", [at("www", 0, ANY, 0)], ours="FORMERR"),
    Difference("Serials 2^31 apart are not in order (RFC 1982 3.2), so the SOA is not newer, and is ignored; BIND fails.",
               [at("@", "SOA", rdata=f"ns1 hostmaster {7 + 2**31} 1 1 1 1")], theirs="SERVFAIL"),
    Difference("Two steps of the serial that lead around to where it was: the second SOA is ignored; BIND fails.",
               [at("@", "SOA", rdata=f"ns1 hostmaster {7 + step} 1 1 1 1") for step in (2**30 + 2**29, 2**31 + 2**29)],
               theirs="SERVFAIL", only_ours=[STEP], only_theirs=[STEP]),
    Difference("The bit map of a WKS may end in zeros (RFC 1035 3.4.2); BIND wants none.",
               [at("www", "WKS", rdata=r"\# 6 c00002010600")], theirs="FORMERR", only_ours=["www.example.com. wks", STEP], only_theirs=[STEP]),
    Difference("The target of a DNAME is not compressed (RFC 6672 2.5), and nobody need understand it if it is (RFC 3597 4); BIND does.",
               [at("d", "DNAME", rdata=b"\x01a\xc0\x0c")], ours="FORMERR", only_ours=[STEP], only_theirs=["d.example.com. dname", STEP]),
]


class Messages:
    def __init__(self, seed):
        self.random, self.serial = random.Random(seed), 7
        self.fault = None   # of the message: one kind at most, since which of two is told is a matter of taste
        self.said = []   # the last message's records, for people

    def record(self, owner, rrtype, rrclass, ttl, rdata=b""):
        """Its names are compressed as senders may do it (RFC 1035 4.1.4), or must be understood (RFC 3597 4), or not."""
        self.said.append(f"{owner} {rrtype} {rrclass} {ttl} {rdata}")
        whole = rr(owner, ZONE_NAME, rrtype, rrclass, ttl, rdata)
        owner_size = len(name(owner, ZONE_NAME))
        head, data = whole[owner_size:owner_size + 8], whole[owner_size + 10:]
        if rrtype in ENDS_WITH_A_NAME and data and self.one_in(2):
            data = self.compressed(data)
        start = self.compressed(whole[:owner_size]) if self.one_in(2) else whole[:owner_size]
        return start + head + struct.pack(">H", len(data)) + data

    @staticmethod
    def compressed(octets):
        """The zone's name stands behind the header."""
        zone = name(ZONE_NAME)
        return octets[:-len(zone)] + b"\xc0\x0c" if octets.endswith(zone) else octets

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

    def update(self, wire, key=KEY):
        reply = self.connection.exchange(sign(wire, key)[0])
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

    def peers(self):
        """homing and BIND, as every test begins."""
        found = []
        for server in (HomingServer({ZONE_NAME: ZONE}, KEYS), Bind({ZONE_NAME: ZONE}, KEYS)):
            self.addCleanup(server.close)
            found.append(Peer(server.start()))
            self.addCleanup(found[-1].connection.close)
        return found

    def test_where_they_differ(self):
        for difference in DIFFERENCES:
            with self.subTest(why=difference.why):
                self.check(difference, *self.peers())
                self.doCleanups()

    def check(self, difference, ours, theirs):
        before, wire = message(ZONE_NAME, (), difference.before), message(ZONE_NAME, difference.prerequisites, difference.updates)
        for peer in (ours, theirs):
            self.assertEqual(peer.update(before), "NOERROR")
        self.assertEqual((ours.update(wire), theirs.update(wire)), (difference.ours, difference.theirs))
        zones = [set(peer.zone()) for peer in (ours, theirs)]
        def only_in(one, other):
            return {f"{line.split()[0]} {line.split()[2]}" for line in zones[one] - zones[other]}
        self.assertEqual((only_in(0, 1), only_in(1, 0)), (difference.only_ours, difference.only_theirs))

    def test_grants_come_after_prerequisites(self):
        """RFC 2136 3.2 comes before 3.3; BIND looks at the grants first. A key without any right in the zone learns nothing here."""
        wire = message(ZONE_NAME, [at("nothing", ALL_TYPES, ANY, 0)], [at("www", "A", rdata="192.0.2.9")])
        self.assertEqual([peer.update(wire, NARROW) for peer in self.peers()], ["NXDOMAIN", "REFUSED"])

    def test_random_messages(self):
        seed = int(os.environ.get("HOMING_TEST_SEED", "1"))
        ours, theirs = self.peers()
        messages, seen = Messages(seed), set()
        for number in range(int(os.environ.get("HOMING_TEST_MESSAGES", "400"))):
            wire = messages.next()
            expected = theirs.update(wire)
            seen.add(expected)
            said = "\n".join([f"message {number} of seed {seed}:", *messages.said])
            self.assertEqual(ours.update(wire), expected, said)
            self.assertEqual(ours.zone(), theirs.zone(), said)
        self.assertLessEqual({"NOERROR", "FORMERR", "NXDOMAIN", "YXDOMAIN", "NXRRSET", "YXRRSET"}, seen)


if __name__ == "__main__":
    unittest.main()
