"""UPDATE messages (RFC 2136) record by record, with any mistake that a test wants in them."""
import itertools
import struct

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

IN, NONE, ANY = 1, 254, 255
SOA, ALL_TYPES = 6, 255
_ids = itertools.count(0x2000)


def name(text, zone=None):
    return dns.name.from_text(text, dns.name.from_text(zone) if zone else dns.name.root).to_wire()


def rr(owner, zone, rrtype, rrclass, ttl, rdata=b""):
    """One record; rdata in text form for known types, or octets."""
    if isinstance(rrtype, str):
        rrtype = dns.rdatatype.from_text(rrtype)
    if isinstance(rdata, str):
        rdata = dns.rdata.from_text(1, rrtype, rdata, origin=dns.name.from_text(zone), relativize=False).to_wire()
    return name(owner, zone) + struct.pack(">HHIH", rrtype, rrclass, ttl, len(rdata)) + rdata


def message(zone, prerequisites=(), updates=(), additional=(), zone_type=SOA, zone_class=IN, zones=1, flags=0x2800, ident=None):
    """The whole message, unsigned."""
    question = name(zone) + struct.pack(">HH", zone_type, zone_class)
    header = struct.pack(">6H", next(_ids) & 0xFFFF if ident is None else ident, flags, zones,
                         len(prerequisites), len(updates), len(additional))
    return header + question * zones + b"".join(prerequisites) + b"".join(updates) + b"".join(additional)
