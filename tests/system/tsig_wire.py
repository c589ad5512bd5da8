"""TSIG (RFC 8945) octet by octet, for messages that no well-behaved library would make."""
import base64
import dataclasses
import hashlib
import hmac
import struct
import time

import dns.message
import dns.name

HASHES = {
    "hmac-md5": (hashlib.md5, "hmac-md5.sig-alg.reg.int."),
    "hmac-sha1": (hashlib.sha1, "hmac-sha1."),
    "hmac-sha224": (hashlib.sha224, "hmac-sha224."),
    "hmac-sha256": (hashlib.sha256, "hmac-sha256."),
    "hmac-sha384": (hashlib.sha384, "hmac-sha384."),
    "hmac-sha512": (hashlib.sha512, "hmac-sha512."),
}
TSIG_TYPE, ANY_CLASS = 250, 255
BADSIG, BADKEY, BADTIME, BADTRUNC = 16, 17, 18, 22


def wire_name(text):
    return dns.name.from_text(text).to_wire()


@dataclasses.dataclass
class Tsig:
    """The fields of one TSIG record."""
    name: str
    algorithm: str          # as on the wire
    time: int
    fudge: int
    mac: bytes
    original_id: int
    error: int = 0
    other: bytes = b""
    rrclass: int = ANY_CLASS
    ttl: int = 0

    def to_wire(self):
        rdata = (wire_name(self.algorithm) + self.time.to_bytes(6, "big") + struct.pack(">HH", self.fudge, len(self.mac))
                 + self.mac + struct.pack(">HHH", self.original_id, self.error, len(self.other)) + self.other)
        return wire_name(self.name) + struct.pack(">HHIH", TSIG_TYPE, self.rrclass, self.ttl, len(rdata)) + rdata

    def variables(self):
        """What is signed after the message (4.3.3)."""
        return (wire_name(self.name.lower()) + struct.pack(">HI", ANY_CLASS, 0) + wire_name(self.algorithm.lower())
                + self.time.to_bytes(6, "big") + struct.pack(">HHH", self.fudge, self.error, len(self.other)) + self.other)


def digest(key, data):
    return hmac.new(base64.b64decode(key.secret), data, HASHES[key.algorithm][0]).digest()


def make_tsig(wire, key, when=None, fudge=300, algorithm=None, error=0, other=b"", original_id=None):
    """The TSIG for a message; its MAC is right unless the key is not."""
    tsig = Tsig(key.name, algorithm or HASHES[key.algorithm][1], int(time.time()) if when is None else when, fudge, b"",
                struct.unpack(">H", wire[:2])[0] if original_id is None else original_id, error, other)
    signed = struct.pack(">H", tsig.original_id) + wire[2:]
    tsig.mac = digest(key, signed + tsig.variables())
    return tsig


def add_record(wire, record, section=3, count=1):
    """Puts octets at the message's end and counts them as a record of a section."""
    counts = list(struct.unpack(">4H", wire[4:12]))
    counts[section] += count
    return wire[:4] + struct.pack(">4H", *counts) + wire[12:] + record


def sign(wire, key, **options):
    """(the signed message, its TSIG)"""
    tsig = make_tsig(wire, key, **options)
    return add_record(wire, tsig.to_wire()), tsig


def _skip_name(wire, at):
    while wire[at]:
        if wire[at] >= 0xC0:
            return at + 2
        at += wire[at] + 1
    return at + 1


def split_reply(wire):
    """(the message as it was signed, its Tsig); the Tsig is None when there is none."""
    counts = struct.unpack(">4H", wire[4:12])
    at = 12
    for _ in range(counts[0]):
        at = _skip_name(wire, at) + 4
    start = end = at
    for _ in range(sum(counts[1:])):
        start, at = end, _skip_name(wire, end)
        rrtype, rrclass, ttl, length = struct.unpack(">HHIH", wire[at:at + 10])
        end = at + 10 + length
    if not sum(counts[1:]) or rrtype != TSIG_TYPE:
        return wire, None
    rdata, algorithm_end = wire[at + 10:end], 0
    algorithm, algorithm_end = dns.name.from_wire(wire, at + 10)
    rest = rdata[algorithm_end:]
    when, (fudge, mac_size) = int.from_bytes(rest[:6], "big"), struct.unpack(">HH", rest[6:10])
    mac, rest = rest[10:10 + mac_size], rest[10 + mac_size:]
    original_id, error, other_size = struct.unpack(">HHH", rest[:6])
    name = dns.name.from_wire(wire, start)[0]
    tsig = Tsig(str(name), str(algorithm), when, fudge, mac, original_id, error, rest[6:6 + other_size], rrclass, ttl)
    message = struct.pack(">H", original_id) + wire[2:10] + struct.pack(">H", counts[3] - 1) + wire[12:start]
    return message, tsig


def is_signed_for(reply, key, request_mac):
    """True if the reply's MAC is right for this key and request (5.3)."""
    message, tsig = split_reply(reply)
    if tsig is None or not tsig.mac:
        return False
    prefix = struct.pack(">H", len(request_mac)) + request_mac
    expected = digest(key, prefix + message + tsig.variables())
    return hmac.compare_digest(expected[:len(tsig.mac)], tsig.mac) and len(tsig.mac) >= max(10, len(expected) // 2)
