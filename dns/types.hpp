// The numbers of the DNS: RR types, classes, response codes, opcodes and header bits (IANA "DNS Parameters").
//
// Plain values; every function is pure and safe on any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace homing::dns {

/// An RR type. Types without an enumerator here are valid values too (RFC 3597).
enum class rr_type : std::uint16_t {
    none = 0,
    a = 1,
    ns = 2,
    md = 3,
    mf = 4,
    cname = 5,
    soa = 6,
    mb = 7,
    mg = 8,
    mr = 9,
    null = 10,
    wks = 11,
    ptr = 12,
    hinfo = 13,
    minfo = 14,
    mx = 15,
    txt = 16,
    rp = 17,
    afsdb = 18,
    x25 = 19,
    isdn = 20,
    rt = 21,
    nsap = 22,
    nsap_ptr = 23,
    sig = 24,
    key = 25,
    px = 26,
    gpos = 27,
    aaaa = 28,
    loc = 29,
    nxt = 30,
    eid = 31,
    nimloc = 32,
    srv = 33,
    atma = 34,
    naptr = 35,
    kx = 36,
    cert = 37,
    a6 = 38,
    dname = 39,
    sink = 40,
    opt = 41,
    apl = 42,
    ds = 43,
    sshfp = 44,
    ipseckey = 45,
    rrsig = 46,
    nsec = 47,
    dnskey = 48,
    dhcid = 49,
    nsec3 = 50,
    nsec3param = 51,
    tlsa = 52,
    smimea = 53,
    hip = 55,
    ninfo = 56,
    rkey = 57,
    talink = 58,
    cds = 59,
    cdnskey = 60,
    openpgpkey = 61,
    csync = 62,
    zonemd = 63,
    svcb = 64,
    https = 65,
    spf = 99,
    nid = 104,
    l32 = 105,
    l64 = 106,
    lp = 107,
    eui48 = 108,
    eui64 = 109,
    tkey = 249,
    tsig = 250,
    ixfr = 251,
    axfr = 252,
    mailb = 253,
    maila = 254,
    any = 255,
    uri = 256,
    caa = 257,
    avc = 258,
    doa = 259,
    amtrelay = 260,
    ta = 32768,
    dlv = 32769
};

enum class rr_class : std::uint16_t { in = 1, ch = 3, hs = 4, none = 254, any = 255 };

enum class opcode : std::uint8_t { query = 0, iquery = 1, status = 2, notify = 4, update = 5, dso = 6 };

/// A response code; those above 15 need EDNS (RFC 6891 6.1.3) or TSIG's error field (RFC 8945).
enum class rcode : std::uint16_t {
    noerror = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    notimp = 4,
    refused = 5,
    yxdomain = 6,
    yxrrset = 7,
    nxrrset = 8,
    notauth = 9,
    notzone = 10,
    badvers = 16,
    badsig = 16,
    badkey = 17,
    badtime = 18,
    badtrunc = 22
};

/// Extended DNS Errors (RFC 8914).
enum class extended_error : std::uint16_t {
    other = 0,
    not_ready = 14,
    blocked = 15,
    prohibited = 18,
    not_authoritative = 20,
    not_supported = 21,
    invalid_data = 24
};

namespace header_bits { // the second 16-bit word of the header
inline constexpr std::uint16_t qr = 0x8000, aa = 0x0400, tc = 0x0200, rd = 0x0100, ra = 0x0080, ad = 0x0020, cd = 0x0010;
} // namespace header_bits

inline constexpr std::size_t header_size = 12;
inline constexpr std::size_t max_message_size = 65535;
inline constexpr std::size_t max_name_size = 255; ///< octets in wire form, the root label included (RFC 1035 2.3.4)
inline constexpr std::size_t max_label_size = 63;
inline constexpr std::size_t max_labels = 127; ///< labels of the longest name, the root not counted

/// Types that stand for a question or a transaction, never for data in a zone (RFC 6895 3.1, RFC 2136 1.3 note).
constexpr bool is_meta_type(rr_type t) noexcept
{
    auto const v = static_cast<std::uint16_t>(t);
    return v == 0 || t == rr_type::opt || (v >= 128 && v <= 255);
}

/// "NXDOMAIN", or "RCODE42" for those without a name. Static storage for the known ones is not promised: copy it.
char const* mnemonic(rcode) noexcept;
char const* mnemonic(opcode) noexcept;

} // namespace homing::dns
