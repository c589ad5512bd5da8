"""Reads *.case files: zones, queries, and the answers that they must get. tests/answers/README.md shows the format."""
import dataclasses
import os
import re
import struct

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.RP
import dns.rdtypes.nsbase

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ("aa", "tc", "ra", "ad")
RECORD_PARTS = ("answer", "authority", "additional", "optional", "choice")


class CaseError(Exception):
    pass


class _OldTypes:
    """Types of RFC 1035 that dnspython leaves as octets, although names in them may be compressed."""

    class MB(dns.rdtypes.nsbase.NSBase):
        pass

    class MD(dns.rdtypes.nsbase.NSBase):
        pass

    class MF(dns.rdtypes.nsbase.NSBase):
        pass

    class MG(dns.rdtypes.nsbase.NSBase):
        pass

    class MR(dns.rdtypes.nsbase.NSBase):
        pass

    class MINFO(dns.rdtypes.ANY.RP.RP):
        pass


for _name, _number in (("MB", 7), ("MD", 3), ("MF", 4), ("MG", 8), ("MR", 9), ("MINFO", 14)):
    dns.rdata.register_type(_OldTypes, _number, _name)


@dataclasses.dataclass(frozen=True)
class Record:
    """One record in a form that compares as the DNS compares: names without case, rdata in canonical form."""
    owner: dns.name.Name
    rrclass: int
    rrtype: int
    ttl: int
    rdata: bytes
    text: str = dataclasses.field(compare=False)

    def __str__(self):
        return self.text


def make_record(owner, rrclass, ttl, rdata):
    text = f"{owner} {ttl} " + ("" if rrclass == 1 else dns.rdataclass.to_text(rrclass) + " ")
    text += f"{dns.rdatatype.to_text(rdata.rdtype)} {rdata.to_text()}"
    return Record(owner, rrclass, rdata.rdtype, ttl, rdata.to_digestable(dns.name.root), text)


def record_from_text(text, origin):
    """OWNER TTL [CLASS] TYPE RDATA"""
    owner, ttl, rest = text.split(None, 2)
    rrclass = 1
    if rest.split(None, 1)[0] in ("IN", "CH", "HS", "NONE", "ANY"):
        name, rest = rest.split(None, 1)
        rrclass = dns.rdataclass.from_text(name)
    words = rest.split(None, 1)
    rrtype, rdata = words[0], words[1] if len(words) > 1 else ""
    parsed = dns.rdata.from_text(rrclass, dns.rdatatype.from_text(rrtype), rdata, origin=origin, relativize=False)
    return make_record(dns.name.from_text(owner, origin), rrclass, int(ttl), parsed)


@dataclasses.dataclass
class Query:
    """One message to send, and what must come back."""
    line: int
    heading: str
    wire: bytes
    tcp: bool
    message: object = None          # the dnspython message, unless the octets were given one by one
    qname_wire: bytes = b""
    silence: bool = False
    rcode: str = ""
    flags: frozenset = frozenset()
    records: dict = dataclasses.field(default_factory=lambda: {part: [] for part in RECORD_PARTS})
    anything: set = dataclasses.field(default_factory=set)   # sections whose content is free
    header_only: bool = False
    edns_size: int = None           # what the answer's OPT must say, where the case cares
    size_limit: int = None
    compressed_within: int = None
    plain: list = dataclasses.field(default_factory=list)   # names that must stand in the answer uncompressed
    differs: dict = dataclasses.field(default_factory=dict)
    expectation_line: int = None    # None: none was given
    alternatives: list = dataclasses.field(default_factory=list)   # the same query with other answers that are as right

    def alternative(self):
        """The same query once more, without its answer."""
        return Query(self.line, self.heading, self.wire, self.tcp, self.message, self.qname_wire,
                     header_only=self.message is None)

    @property
    def where(self):
        return f"line {self.line}: {self.heading}"


@dataclasses.dataclass
class CaseFile:
    path: str
    zones: dict
    queries: list
    lines: list
    without: dict = dataclasses.field(default_factory=dict)   # peers that can't read these zones, and why

    @property
    def origin(self):
        return dns.name.from_text(next(iter(self.zones)))

    @property
    def apexes(self):
        return {dns.name.from_text(origin) for origin in self.zones}


def name_to_wire(text, origin):
    return dns.name.from_text(text, origin).to_wire()


def build_query(words, origin):
    """query NAME TYPE [options] as (wire, tcp, message, the question's name in wire form)."""
    name, rrtype, *options = words
    qname = dns.name.from_text(name, origin)
    rrclass, tcp, edns, edns_options, flags, opcode, ident = "IN", False, None, [], 0, 0, None
    version, edns_flags = 0, 0
    for option in options:
        key, _, value = option.partition("=")
        if key == "tcp":
            tcp = True
        elif key in ("rd", "cd", "ad", "aa", "tc", "ra"):
            flags |= dns.flags.from_text(key.upper())
        elif key == "z":
            flags |= 0x0040
        elif key == "class":
            rrclass = value
        elif key == "opcode":
            opcode = int(value)
        elif key == "id":
            ident = int(value, 0)
        elif key == "edns":
            edns = int(value or 1232)
        elif key == "do":
            edns_flags |= dns.flags.DO
            edns = edns or 1232
        elif key == "version":
            version, edns = int(value), edns or 1232
        elif key == "ednsflags":
            edns_flags |= int(value, 0)
            edns = edns or 1232
        elif key == "option":
            code, _, data = value.partition(":")
            edns_options.append(dns.edns.GenericOption(int(code), bytes.fromhex(data)))
            edns = edns or 1232
        else:
            raise CaseError(f"no such option of a query: {option}")
    message = dns.message.make_query(qname, dns.rdatatype.from_text(rrtype), dns.rdataclass.from_text(rrclass), flags=flags)
    if ident is not None:
        message.id = ident
    message.set_opcode(opcode)
    if edns is not None:
        message.use_edns(version, edns_flags & ~0xFF0000, edns, options=edns_options)
    return message.to_wire(), tcp, message, qname.to_wire()


def build_octets(lines, origin):
    wire = b""
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "hex":
            wire += bytes.fromhex(rest)
        elif kind == "name":
            wire += name_to_wire(rest.strip(), origin)
        elif kind == "text":
            wire += rest.encode()
        elif kind == "repeat":
            count, _, octets = rest.partition(" ")
            wire += int(count) * bytes.fromhex(octets)
        else:
            raise CaseError(f"no such kind of octets: {kind}")
    return wire


class _Parser:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.at = 0
        self.case = CaseFile(path, {}, [], self.lines)

    def parse(self):
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                self.statement(line)
            except Exception as error:
                raise CaseError(f"{self.path}:{self.at}: {error}") from error
        return self.case

    def indented(self):
        """The lines that follow and begin with space, as they are but for the first four columns. Blank lines and
        comments among them do not end them."""
        taken, end = [], self.at
        at = self.at
        while at < len(self.lines):
            line = self.lines[at]
            at += 1
            if line.startswith(" "):
                taken.append(line[4:] if line.startswith("    ") else line.lstrip())
                end = at
            elif line.strip() and not line.startswith("#"):
                break
        self.at = end
        return taken

    def statement(self, line):
        words = line.split()
        if words[0] == "zone":
            self.zone(words)
        elif words[0] == "query":
            number = self.at
            wire, tcp, message, qname = build_query(words[1:], self.case.origin)
            self.case.queries.append(Query(number, line.strip(), wire, tcp, message, qname))
        elif words[0] == "send":
            number = self.at
            wire = build_octets([l.strip() for l in self.indented() if not l.lstrip().startswith("#")], self.case.origin)
            self.case.queries.append(Query(number, line.strip(), wire, "tcp" in words, header_only=True))
        elif words[0] == "->":
            self.expectation(words[1:])
        elif words[0] == "without":
            peers, _, why = line.partition(":")
            self.case.without.update(dict.fromkeys(peers.split()[1:], why.strip()))
        else:
            raise CaseError(f"what is {words[0]}?")

    def zone(self, words):
        origin = words[1].rstrip(".") + "."
        if len(words) == 4 and words[2] == "from":
            with open(os.path.join(HERE, words[3]), encoding="utf-8") as file:
                self.case.zones[origin] = file.read()
        else:
            self.case.zones[origin] = "\n".join(self.indented()) + "\n"

    def expectation(self, words):
        if not self.case.queries:
            raise CaseError("an answer without a query")
        query = self.case.queries[-1]
        if query.expectation_line:
            query.alternatives.append(query.alternative())
            query = query.alternatives[-1]
        query.expectation_line = self.at
        if words[0] == "silence":
            query.silence = True
        else:
            query.rcode = words[0]
            query.flags = frozenset(words[1:])
            if query.flags - set(FLAGS):
                raise CaseError(f"no such flags: {query.flags - set(FLAGS)}")
        for line in self.indented():
            if line.strip() and not line.lstrip().startswith("#"):
                self.expected(query, line.strip())
        self.case.queries[-1].differs.update(query.differs)

    def expected(self, query, line):
        part, _, rest = line.partition(" ")
        rest = rest.strip()
        if part in RECORD_PARTS:
            query.records[part].append(record_from_text(rest, self.case.origin))
            query.header_only = False
        elif part == "any":
            query.anything.update(rest.split())
        elif part == "header":
            query.header_only = True
        elif part == "edns":
            query.edns_size = int(rest)
        elif part == "size":
            query.size_limit = int(rest)
        elif part == "compressed":
            query.compressed_within = int(rest)
        elif part == "plain":
            query.plain.append(name_to_wire(rest, self.case.origin))
        elif part == "differs":
            peers, _, why = rest.partition(":")
            if not why.strip():
                raise CaseError("say why it differs")
            for peer in peers.split():
                query.differs[peer] = why.strip()
        else:
            raise CaseError(f"no such part of an answer: {part}")


def read(path):
    return _Parser(path).parse()


# --- comparing ---------------------------------------------------------------------------------------------------------

ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.HTTPS, dns.rdatatype.SVCB)


def records_of(section):
    return [make_record(rrset.name, rrset.rdclass, rrset.ttl, rdata) for rrset in section for rdata in rrset]


def targets_of(sections):
    """Names whose addresses may ride along: targets of NS, MX, SRV, SVCB and their kin."""
    names = set()
    for section in sections:
        for rrset in section:
            for rdata in rrset:
                for field in ("target", "exchange", "replacement"):
                    name = getattr(rdata, field, None)
                    if isinstance(name, dns.name.Name) and rrset.rdtype not in (5, 39):
                        names.add(rrset.name if name == dns.name.root else name)
    return names


def parse_reply(wire):
    return dns.message.from_wire(wire, one_rr_per_rrset=True)


class Comparison:
    """What is wrong with one reply, in words; nothing when it is as expected."""

    def __init__(self, query, wire, apexes, known_records, strict):
        self.query, self.wire, self.apexes, self.known, self.strict = query, wire, apexes, known_records, strict
        self.faults = []
        self.compare()

    def fault(self, text):
        self.faults.append(text)

    def compare(self):
        if self.query.silence:
            if self.wire is not None:
                self.fault(f"a reply where there must be none: {self.wire.hex()}")
            return
        if self.wire is None:
            self.fault("no reply")
            return
        if len(self.wire) < 12:
            self.fault(f"a reply of {len(self.wire)} octets")
            return
        self.compare_header()
        if self.query.header_only:
            return
        try:
            reply = parse_reply(self.wire)
        except Exception as error:   # whatever dnspython finds
            self.fault(f"the reply is malformed: {error}: {self.wire.hex()}")
            return
        self.compare_edns(reply)
        self.compare_question()
        self.compare_sections(reply)
        self.compare_size(reply)

    def compare_header(self):
        ident, flags, *_ = struct.unpack(">6H", self.wire[:12])
        sent_ident, sent_flags = struct.unpack(">2H", self.query.wire[:4])
        if ident != sent_ident:
            self.fault(f"ID {ident:#06x} instead of {sent_ident:#06x}")
        if not flags & dns.flags.QR:
            self.fault("QR is not set")
        if (flags ^ sent_flags) & 0x7800:
            self.fault("the opcode is another one")
        if flags & 0x0040:
            self.fault("the Z bit is set")
        if (flags ^ sent_flags) & dns.flags.RD and (self.strict or not self.query.header_only):
            self.fault("RD is not the query's")
        extended = 0
        if not self.query.header_only or self.query.rcode == "BADVERS":
            try:
                extended = parse_reply(self.wire).rcode()
            except Exception:
                extended = flags & 15
        else:
            extended = flags & 15
        rcode = dns.rcode.to_text(extended)
        if rcode != self.query.rcode and rcode not in self.query.rcode.split("|"):
            self.fault(f"{rcode} instead of {self.query.rcode}")
        if self.query.header_only and not self.query.flags:
            return
        got = {name for name in FLAGS if flags & dns.flags.from_text(name.upper())}
        if got != self.query.flags:
            self.fault(f"flags {' '.join(sorted(got)) or 'none'} instead of {' '.join(sorted(self.query.flags)) or 'none'}")

    def compare_edns(self, reply):
        asked = self.query.message.edns >= 0 if self.query.message is not None else None
        if asked is None:
            return
        if not asked:
            if reply.edns >= 0:
                self.fault("an OPT record that nobody asked for")
            return
        if reply.edns < 0:
            self.fault("no OPT record")
            return
        if reply.edns != 0:
            self.fault(f"EDNS version {reply.edns}")
        if (reply.ednsflags ^ self.query.message.ednsflags) & dns.flags.DO and self.query.rcode != "BADVERS":
            self.fault("DO is not copied")
        if reply.ednsflags & 0x7FFF:
            self.fault("unknown EDNS flags are set")
        if self.query.edns_size is not None and self.strict and reply.payload != self.query.edns_size:
            self.fault(f"EDNS size {reply.payload} instead of {self.query.edns_size}")
        unknown = [o.otype for o in reply.options if o.otype >= 65001]
        if unknown:
            self.fault(f"unknown options are sent back: {unknown}")

    def compare_question(self):
        """The question comes back octet by octet, in its own case."""
        if self.query.message is None or "question" in self.query.anything:
            return
        sent = self.query.wire[12:12 + len(self.query.qname_wire) + 4]
        if struct.unpack(">H", self.wire[4:6])[0] != 1 or self.wire[12:12 + len(sent)] != sent:
            self.fault("the question is not the one that was asked")

    def compare_sections(self, reply):
        expected = self.query.records
        answer, authority, additional = (records_of(s) for s in (reply.answer, reply.authority, reply.additional))
        if expected["choice"]:
            self.compare_choice(answer)
        elif "answer" not in self.query.anything:
            self.compare_section("answer", expected["answer"], answer)
            self.compare_order(answer)
        if "authority" not in self.query.anything:
            if not self.strict and not expected["authority"]:
                authority = [r for r in authority if r.rrtype != dns.rdatatype.NS or r.owner not in self.apexes]
            self.compare_section("authority", expected["authority"], authority)
        if "additional" not in self.query.anything:
            may = set(expected["optional"])
            targets = targets_of((reply.answer, reply.authority))
            extra = [r for r in additional if r not in expected["additional"]
                     and (r in may or (r.rrtype in ADDRESSES and r.owner in targets and self.is_known(r)))]
            self.compare_section("additional", expected["additional"], [r for r in additional if r not in extra])

    def is_known(self, record):
        return not self.strict or self.known is None or record in self.known

    def compare_section(self, name, expected, got):
        for record in expected:
            if record not in got:
                self.fault(f"{name} lacks   {record}")
        for record in got:
            if record not in expected:
                self.fault(f"{name} has too {record}")
        for record in set(got):
            if got.count(record) > max(1, expected.count(record)):
                self.fault(f"{name} repeats {record}")

    def compare_choice(self, answer):
        """One whole RRset out of those that the case lists."""
        choices = self.query.records["choice"]
        keys = {(r.owner, r.rrtype) for r in answer}
        if not answer:
            self.fault("nothing of the choice is in the answer")
        elif self.strict and len(keys) > 1:
            self.fault(f"{len(keys)} RRsets where one is enough")
        wanted = [r for r in choices if (r.owner, r.rrtype) in keys]
        self.compare_section("answer", wanted, answer)

    def compare_order(self, answer):
        """A chain of aliases comes in the order in which a resolver follows it."""
        if not self.strict or not self.query.message or not answer:   # PowerDNS shuffles
            return
        seen = set()
        reached = self.query.message.question[0].name
        for record in answer:
            if record.rrtype == dns.rdatatype.DNAME and reached.is_subdomain(record.owner):
                continue
            if record.owner != reached:
                if record.owner in seen and record.rrtype != dns.rdatatype.CNAME:
                    continue
                self.fault(f"the chain has come to {reached} when {record.owner} is answered")
                return
            seen.add(record.owner)
            if record.rrtype == dns.rdatatype.CNAME:
                reached = dns.name.from_wire(record.rdata, 0)[0]

    def compare_size(self, reply):
        if not self.query.tcp and self.query.message is not None:
            limit = max(512, self.query.message.payload) if self.query.message.edns >= 0 else 512
            if self.strict:
                limit = min(limit, 1232)
            if len(self.wire) > limit:
                self.fault(f"{len(self.wire)} octets where {limit} are allowed")
        if self.query.size_limit is not None and len(self.wire) > self.query.size_limit:
            self.fault(f"{len(self.wire)} octets where {self.query.size_limit} are enough")
        for name in self.query.plain:
            if name.lower() not in self.wire[12 + len(self.query.qname_wire):].lower():
                self.fault(f"{dns.name.from_wire(name, 0)[0]} is compressed where it must not be")
        if self.query.compressed_within is not None and self.strict:
            best = len(reply.to_wire(max_size=65535))
            if len(self.wire) > best + self.query.compressed_within:
                self.fault(f"{len(self.wire)} octets; a good compressor needs {best}")


def faults_of(query, wire, apexes, known_records, strict):
    """What is wrong with the reply; nothing when it is one of the right answers."""
    every = [Comparison(q, wire, apexes, known_records, strict).faults for q in (query, *query.alternatives)]
    return [] if not all(every) else every[0]
