#!/usr/bin/python3
"""Fills in the answers that a case file lacks, from what the peers say. For whoever writes cases; not a test.

  propose.py FILE.case...     writes the files anew: each query without an answer gets the one that most peers give, and
                              a `differs` line for every peer that gives another one. Read what it wrote against the
                              RFCs: a majority can be wrong.
"""
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))

import dns.rcode  # noqa: E402
import dns.rdatatype  # noqa: E402

import answers_test  # noqa: E402
import case_file  # noqa: E402
import peer_servers  # noqa: E402

PREFERENCE = ("bind", "knot", "nsd", "pdns")


def proposal(query, wire, apexes):
    """The reply as expectation lines, without what is optional."""
    if wire is None:
        return ("-> silence",)
    flags = int.from_bytes(wire[2:4], "big")
    if query.header_only:
        return (f"-> {dns.rcode.to_text(flags & 15)}",)
    reply = case_file.parse_reply(wire)
    names = [name for name in case_file.FLAGS if flags & case_file.dns.flags.from_text(name.upper())]
    lines = [" ".join(["->", dns.rcode.to_text(reply.rcode()), *names])]
    answer, authority, additional = (case_file.records_of(s) for s in (reply.answer, reply.authority, reply.additional))
    if "tc" in names:
        return (*lines, "    any answer authority additional")
    if "aa" in names and not any(r.rrtype == dns.rdatatype.SOA for r in authority):
        authority = [r for r in authority if r.rrtype != dns.rdatatype.NS or r.owner not in apexes]
    if any(r.rrtype == dns.rdatatype.NS for r in authority):
        cut = next(r.owner for r in authority if r.rrtype == dns.rdatatype.NS)
        optional = [r for r in additional if not r.owner.is_subdomain(cut)]
        additional = [r for r in additional if r.owner.is_subdomain(cut)]
    else:
        targets = case_file.targets_of((reply.answer, reply.authority))
        optional = []
        additional = [r for r in additional if not (r.rrtype in case_file.ADDRESSES and r.owner in targets)]
    for part, records in (("answer", answer), ("authority", authority), ("additional", additional)):
        texts = [str(r) for r in records]
        has_chain = any(r.rrtype == dns.rdatatype.CNAME for r in records)
        lines += [f"    {part} {t}" for t in (texts if has_chain else sorted(texts))]
    lines += sorted(f"    optional {str(r)}" for r in optional)
    return tuple(lines)


def key_of(lines):
    return (lines[0], tuple(sorted(line.lower() for line in lines[1:] if not line.startswith("    optional"))))


def reason(lines, best):
    """A few words; whoever writes the case puts better ones in their place."""
    if lines[0] != best[0]:
        return "answers " + lines[0].removeprefix("-> ")
    return "other records"


def fill(path):
    case = case_file.read(path)
    open_queries = [q for q in case.queries if q.expectation_line is None]
    if not open_queries:
        return
    said = {}
    for kind in PREFERENCE:
        if kind in case.without:
            continue
        answers_test.SERVER = kind
        try:
            server = answers_test.start_server(case.zones)
        except AssertionError as error:
            print(f"{path}: {error}", file=sys.stderr)
            continue
        with server:
            asker = answers_test.Asker(server, case.origin)
            asker.patience = 1
            said[kind] = [proposal(q, asker.ask(q), case.apexes) for q in open_queries]
    inserts = {}
    for number, query in enumerate(open_queries):
        replies = {kind: said[kind][number] for kind in said}
        votes = collections.Counter(key_of(lines) for lines in replies.values())
        best = max(votes, key=lambda k: (votes[k], -min(list(said).index(x) for x in said if key_of(replies[x]) == k)))
        chosen = max((lines for lines in replies.values() if key_of(lines) == best), key=len)
        text = list(chosen)
        second = next((k for k, count in votes.items() if k != best and count > 1), None)
        if second:
            text += next(lines for lines in replies.values() if key_of(lines) == second)
        for kind, lines in replies.items():
            if key_of(lines) not in (best, second):
                print(f"{query.where}: {kind}", *lines, sep="\n  ", file=sys.stderr)
                text.append(f"    differs {kind}: {reason(lines, best)}")
        inserts[query.line] = text
    write(path, case, inserts)


def write(path, case, inserts):
    out, pending = [], None
    for number, line in enumerate(case.lines, 1):
        if pending is not None and not line.startswith(" "):
            out += pending
            pending = None
        out.append(line)
        if number in inserts:
            pending = inserts[number]
    if pending is not None:
        out += pending
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        fill(argument)
