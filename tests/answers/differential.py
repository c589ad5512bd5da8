#!/usr/bin/python3
"""Random zones and random queries, asked of homing and of the peers. Where all peers agree and homing does not, it is
wrong; where they differ and homing is like none of them, it is worth a look. A tool for whoever changes the look-up; not a test, because the peers are not everywhere.

  differential.py --rounds 20 --seed 7 --queries 400

Zones are small and nasty: a few labels in every combination, wildcards, aliases, DNAMEs, cuts, glue and names that hide
below cuts. What is compared: RCODE, AA, answer and authority as sets (without the apex's NS), and glue.
"""
import argparse
import collections
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import dns.flags  # noqa: E402
import dns.message  # noqa: E402
import dns.name  # noqa: E402
import dns.rcode  # noqa: E402
import dns.rdatatype  # noqa: E402

import answers_test  # noqa: E402
import case_file  # noqa: E402
import homing_server  # noqa: E402
import peer_servers  # noqa: E402

ORIGIN = "test"
LABELS = ["a", "b", "c", "*", "d"]
TYPES = ["A", "AAAA", "MX", "TXT", "NS", "CNAME", "DNAME", "DS", "SOA", "SRV", "TYPE65280"]


class ZoneMaker:
    def __init__(self, draw):
        self.draw, self.sets = draw, {}

    def name(self, deepest=4):
        return ".".join(self.draw.choice(LABELS) for _ in range(self.draw.randint(1, deepest)))

    def target(self):
        kind = self.draw.random()
        if kind < 0.1:
            return "www.example.org."
        if kind < 0.15:
            return f"{ORIGIN}."
        return self.name() if self.sets and kind < 0.4 else self.draw.choice(sorted(self.sets) or ["a"])

    def rdata(self, rrtype):
        draw = self.draw
        return {"A": lambda: f"192.0.2.{draw.randint(1, 9)}", "AAAA": lambda: f"2001:db8::{draw.randint(1, 9)}",
                "MX": lambda: f"{draw.randint(1, 3)} {self.target()}", "TXT": lambda: f'"{draw.randint(1, 9)}"',
                "NS": self.target, "CNAME": self.target, "DNAME": self.target,
                "DS": lambda: f"{draw.randint(1, 9)} 13 2 " + "ab" * 32, "SRV": lambda: f"0 0 1 {self.target()}",
                "TYPE65280": lambda: rf"\# 1 0{draw.randint(1, 9)}"}[rrtype]()

    def make(self):
        for _ in range(self.draw.randint(4, 22)):
            self.add(self.name())
        self.prune()
        lines = ["@ 60 SOA ns.example.org. hostmaster 1 1 1 1 30", "@ 60 NS ns.example.org.", "@ 60 A 192.0.2.1"]
        for owner, sets in sorted(self.sets.items()):
            for rrtype, rdatas in sorted(sets.items()):
                lines += [f"{owner} 60 {rrtype} {rdata}" for rdata in sorted(rdatas)]
        return "\n".join(lines) + "\n"

    def add(self, owner):
        sets = self.sets.setdefault(owner, {})
        kind = self.draw.random()
        if kind < 0.2:
            self.sets[owner] = {"CNAME": {self.rdata("CNAME")}}
        elif kind < 0.28 and "*" not in owner.split("."):
            sets["DNAME"] = {self.rdata("DNAME")}
        elif kind < 0.4 and not owner.startswith("*"):
            sets["NS"] = {self.rdata("NS") for _ in range(self.draw.randint(1, 2))}
            if self.draw.random() < 0.3:
                sets["DS"] = {self.rdata("DS")}
            if self.draw.random() < 0.6:
                glue = f"{self.draw.choice(LABELS[:3])}.{owner}"
                sets["NS"].add(glue)
                self.sets.setdefault(glue, {})["A"] = {self.rdata("A")}
        else:
            for rrtype in self.draw.sample(["A", "AAAA", "MX", "TXT", "SRV", "TYPE65280"], self.draw.randint(1, 2)):
                sets[rrtype] = {self.rdata(rrtype) for _ in range(self.draw.randint(1, 3))}

    def prune(self):
        """Takes out what no server would load: data beside a CNAME, names below a DNAME, a DNAME at a cut."""
        for sets in self.sets.values():
            if "CNAME" in sets:
                for rrtype in [t for t in sets if t != "CNAME"]:
                    del sets[rrtype]
            if "DNAME" in sets:
                for rrtype in ("NS", "DS"):
                    sets.pop(rrtype, None)
            if "NS" not in sets:
                sets.pop("DS", None)
        dnames = [owner for owner, sets in self.sets.items() if "DNAME" in sets]
        for owner in list(self.sets):
            if any(owner.endswith("." + dname) for dname in dnames):
                del self.sets[owner]
        for sets in self.sets.values():   # glue and targets may be gone: names stay names
            for rrtype, rdatas in list(sets.items()):
                if not rdatas:
                    del sets[rrtype]


def queries(draw, count):
    for _ in range(count):
        name = ".".join(draw.choice(LABELS + ["x"]) for _ in range(draw.randint(0, 5)))
        yield (f"{name}.{ORIGIN}." if name else f"{ORIGIN}."), draw.choice(TYPES + ["A"] * 6)


def summary(wire):
    """What is compared, as a tuple that prints well."""
    if wire is None:
        return ("no reply",)
    reply = case_file.parse_reply(wire)
    answer, authority, additional = (set(case_file.records_of(s)) for s in (reply.answer, reply.authority, reply.additional))
    apex = dns.name.from_text(ORIGIN)
    authority = {r for r in authority if r.rrtype != dns.rdatatype.NS or r.owner != apex}
    # In a zone that is not signed a DS may come with the referral, or not.
    cuts = [r.owner for r in authority if r.rrtype == dns.rdatatype.NS]
    authority = {r for r in authority if r.rrtype != dns.rdatatype.DS}
    glue = {r for r in additional if any(r.owner.is_subdomain(cut) for cut in cuts)}
    aa = "aa" if reply.flags & dns.flags.AA else "--"
    parts = [f"{name}: {r}".lower() for name, rs in (("answer", answer), ("authority", authority), ("glue", glue)) for r in rs]
    return (dns.rcode.to_text(reply.rcode()), aa, *sorted(parts))


def ask_all(kind, zones, asked):
    answers_test.SERVER = kind
    with answers_test.start_server(zones) as server:
        asker = answers_test.Asker(server, dns.name.from_text(ORIGIN))
        replies = []
        for name, rrtype in asked:
            message = dns.message.make_query(name, rrtype, flags=0, use_edns=0, payload=1232)
            replies.append(summary(asker.ask(case_file.Query(0, "", message.to_wire(), False, message))))
        return replies


def compare(zones, asked, kinds, subject):
    said = {}
    for kind in kinds:
        try:
            said[kind] = ask_all(kind, zones, asked)
        except AssertionError as error:
            if kind == subject:
                raise
            print(f"  {kind} does not take the zone: {str(error)[-200:]}")
            return collections.Counter()
    counts = collections.Counter()
    for number, (name, rrtype) in enumerate(asked):
        peers = {kind: said[kind][number] for kind in kinds if kind != subject}
        agree = len(set(peers.values())) == 1
        if said[subject][number] in peers.values():
            counts["the same" if agree else "peers differ"] += 1
            continue
        counts["WRONG" if agree else "like none"] += 1
        print(f"\n{name} {rrtype}")
        for kind, what in ([*peers.items()][:1 if agree else None] + [(subject, said[subject][number])]):
            print(f"  {'the peers' if agree and kind != subject else kind}:", *what, sep="\n    ")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--peers", default="bind,knot,nsd")
    parser.add_argument("--subject", default="homing", choices=["homing", *peer_servers.PEERS])
    options = parser.parse_args()
    total = collections.Counter()
    for seed in range(options.seed, options.seed + options.rounds):
        draw = random.Random(seed)
        zone = ZoneMaker(draw).make()
        asked = list(dict.fromkeys(queries(draw, options.queries)))
        counts = compare({ORIGIN: zone}, asked, [*options.peers.split(","), options.subject], options.subject)
        if counts["WRONG"] or counts["like none"]:
            print(f"\nthe zone of seed {seed}:\n{zone}")
        total += counts
        print(f"seed {seed}: {dict(counts)}", flush=True)
    print(f"in all: {dict(total)}")
    sys.exit(1 if total["WRONG"] else 0)


if __name__ == "__main__":
    homing_server.PATIENCE = 10
    main()
