#include "dns/presentation_fields.hpp"

#include "dns/presentation_token.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

constexpr auto dnssec_key = "flags protocol algorithm key";
constexpr auto dnssec_digest = "key-tag algorithm digest-type digest";
constexpr auto signature = "type algorithm labels original-TTL expiration inception key-tag signer signature";
constexpr auto association = "usage selector matching-type data";
constexpr auto service = "priority target parameter";

// By type.
constexpr text_form forms[] = {
    {rr_type::a, "A", "4", "address"},
    {rr_type::ns, "NS", "n", "server"},
    {rr_type::md, "MD", "n", "host"},
    {rr_type::mf, "MF", "n", "host"},
    {rr_type::cname, "CNAME", "n", "target"},
    {rr_type::soa, "SOA", "nnWTTTT", "primary mailbox serial refresh retry expire minimum"},
    {rr_type::mb, "MB", "n", "host"},
    {rr_type::mg, "MG", "n", "mailbox"},
    {rr_type::mr, "MR", "n", "mailbox"},
    {rr_type::null, "NULL", "", ""},
    {rr_type::wks, "WKS", "4Qw", "address protocol service"},
    {rr_type::ptr, "PTR", "n", "name"},
    {rr_type::hinfo, "HINFO", "ss", "cpu system"},
    {rr_type::minfo, "MINFO", "nn", "responsible errors"},
    {rr_type::mx, "MX", "Hn", "preference exchanger"},
    {rr_type::txt, "TXT", "S", "string"},
    {rr_type::rp, "RP", "nn", "mailbox text"},
    {rr_type::afsdb, "AFSDB", "Hn", "subtype host"},
    {rr_type::x25, "X25", "s", "address"},
    {rr_type::isdn, "ISDN", "so", "address subaddress"},
    {rr_type::rt, "RT", "Hn", "preference host"},
    {rr_type::nsap, "NSAP", "L", "address"},
    {rr_type::nsap_ptr, "NSAP-PTR", "n", "name"},
    {rr_type::sig, "SIG", "YABTDDHnb", signature},
    {rr_type::key, "KEY", "HBAc", dnssec_key},
    {rr_type::px, "PX", "Hnn", "preference map822 mapx400"},
    {rr_type::gpos, "GPOS", "sss", "longitude latitude altitude"},
    {rr_type::aaaa, "AAAA", "6", "address"},
    {rr_type::loc, "LOC", "L", "place"},
    {rr_type::nxt, "NXT", "", ""},
    {rr_type::eid, "EID", "x", "identifier"},
    {rr_type::nimloc, "NIMLOC", "x", "locator"},
    {rr_type::srv, "SRV", "HHHn", "priority weight port target"},
    {rr_type::atma, "ATMA", "L", "address"},
    {rr_type::naptr, "NAPTR", "HHsssn", "order preference flags services expression replacement"},
    {rr_type::kx, "KX", "Hn", "preference exchanger"},
    {rr_type::cert, "CERT", "CHAb", "certificate-type key-tag algorithm certificate"},
    {rr_type::a6, "A6", "", ""},
    {rr_type::dname, "DNAME", "n", "target"},
    {rr_type::sink, "SINK", "", ""},
    {rr_type::opt, "OPT", "", ""},
    {rr_type::apl, "APL", "L", "prefixes"},
    {rr_type::ds, "DS", "HABx", dnssec_digest},
    {rr_type::sshfp, "SSHFP", "BBx", "algorithm fingerprint-type fingerprint"},
    {rr_type::ipseckey, "IPSECKEY", "BBBgc", "precedence gateway-type algorithm gateway key"},
    {rr_type::rrsig, "RRSIG", "YABTDDHnb", signature},
    {rr_type::nsec, "NSEC", "nM", "next-name type-list"},
    {rr_type::dnskey, "DNSKEY", "HBAb", dnssec_key},
    {rr_type::dhcid, "DHCID", "b", "identity"},
    {rr_type::nsec3, "NSEC3", "BBHhzM", "hash-algorithm flags iterations salt next-hash type-list"},
    {rr_type::nsec3param, "NSEC3PARAM", "BBHh", "hash-algorithm flags iterations salt"},
    {rr_type::tlsa, "TLSA", "UVXx", association},
    {rr_type::smimea, "SMIMEA", "UVXx", association},
    {rr_type::hip, "HIP", "P", "host-identity"},
    {rr_type::ninfo, "NINFO", "S", "string"},
    {rr_type::rkey, "RKEY", "HBAb", dnssec_key},
    {rr_type::talink, "TALINK", "nn", "previous next"},
    {rr_type::cds, "CDS", "HABx", dnssec_digest},
    {rr_type::cdnskey, "CDNSKEY", "HBAb", dnssec_key},
    {rr_type::openpgpkey, "OPENPGPKEY", "b", "key"},
    {rr_type::csync, "CSYNC", "WHM", "serial flags type-list"},
    {rr_type::zonemd, "ZONEMD", "WBBx", "serial scheme hash-algorithm digest"},
    {rr_type::svcb, "SVCB", "HnK", service},
    {rr_type::https, "HTTPS", "HnK", service},
    {rr_type::spf, "SPF", "S", "string"},
    {rr_type::nid, "NID", "H8", "preference node-identifier"},
    {rr_type::l32, "L32", "H4", "preference locator"},
    {rr_type::l64, "L64", "H8", "preference locator"},
    {rr_type::lp, "LP", "Hn", "preference name"},
    {rr_type::eui48, "EUI48", "e", "address"},
    {rr_type::eui64, "EUI64", "E", "address"},
    {rr_type::tkey, "TKEY", "", ""},
    {rr_type::tsig, "TSIG", "", ""},
    {rr_type::ixfr, "IXFR", "", ""},
    {rr_type::axfr, "AXFR", "", ""},
    {rr_type::mailb, "MAILB", "", ""},
    {rr_type::maila, "MAILA", "", ""},
    {rr_type::any, "ANY", "", ""},
    {rr_type::uri, "URI", "HHq", "priority weight target"},
    {rr_type::caa, "CAA", "Btq", "flags tag value"},
    {rr_type::avc, "AVC", "S", "string"},
    {rr_type::doa, "DOA", "WWBsc", "enterprise type location media-type data"},
    {rr_type::amtrelay, "AMTRELAY", "BRg", "precedence discovery-and-type relay"},
    {rr_type::ta, "TA", "HABx", dnssec_digest},
    {rr_type::dlv, "DLV", "HABx", dnssec_digest},
};
static_assert(std::is_sorted(std::begin(forms), std::end(forms), [](auto& a, auto& b) { return a.type < b.type; }));

// The row of each low type, plus one.
constexpr auto rows = [] {
    std::array<std::uint8_t, 261> table{};
    for (std::size_t i = 0; i < std::size(forms); ++i)
        if (auto const v = static_cast<std::size_t>(forms[i].type); v < table.size())
            table[v] = static_cast<std::uint8_t>(i + 1);
    return table;
}();

constexpr std::uint32_t bucket(std::string_view word) noexcept
{
    std::uint32_t h = 7;
    for (char const c : word)
        h = h * 37 + lower(static_cast<std::uint8_t>(c));
    return h ^ h >> 8;
}

// Mnemonics by hash, open addressing.
constexpr auto words = [] {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t i = 0; i < std::size(forms); ++i) {
        auto at = bucket(forms[i].mnemonic) % table.size();
        while (table[at] != 0)
            at = (at + 1) % table.size();
        table[at] = static_cast<std::uint8_t>(i + 1);
    }
    return table;
}();

struct mnemonic_value {
    char field;
    std::uint8_t value;
    std::string_view word;
};

constexpr mnemonic_value mnemonics[] = {
    {'A', 1, "RSAMD5"},
    {'A', 2, "DH"},
    {'A', 3, "DSA"},
    {'A', 5, "RSASHA1"},
    {'A', 6, "DSA-NSEC3-SHA1"},
    {'A', 6, "NSEC3DSA"},
    {'A', 7, "RSASHA1-NSEC3-SHA1"},
    {'A', 7, "NSEC3RSASHA1"},
    {'A', 8, "RSASHA256"},
    {'A', 10, "RSASHA512"},
    {'A', 12, "ECC-GOST"},
    {'A', 12, "ECCGOST"},
    {'A', 13, "ECDSAP256SHA256"},
    {'A', 14, "ECDSAP384SHA384"},
    {'A', 15, "ED25519"},
    {'A', 16, "ED448"},
    {'A', 252, "INDIRECT"},
    {'A', 253, "PRIVATEDNS"},
    {'A', 254, "PRIVATEOID"},
    {'C', 1, "PKIX"},
    {'C', 2, "SPKI"},
    {'C', 3, "PGP"},
    {'C', 4, "IPKIX"},
    {'C', 5, "ISPKI"},
    {'C', 6, "IPGP"},
    {'C', 7, "ACPKIX"},
    {'C', 8, "IACPKIX"},
    {'C', 253, "URI"},
    {'C', 254, "OID"},
    {'U', 0, "PKIX-TA"},
    {'U', 1, "PKIX-EE"},
    {'U', 2, "DANE-TA"},
    {'U', 3, "DANE-EE"},
    {'U', 255, "PrivCert"},
    {'V', 0, "Cert"},
    {'V', 1, "SPKI"},
    {'V', 255, "PrivSel"},
    {'X', 0, "Full"},
    {'X', 1, "SHA2-256"},
    {'X', 2, "SHA2-512"},
    {'X', 255, "PrivMatch"},
    {'Q', 6, "TCP"},
    {'Q', 17, "UDP"},
    // Of the services only those that a WKS may still name; all others go by number.
    {'w', 7, "echo"},
    {'w', 9, "discard"},
    {'w', 13, "daytime"},
    {'w', 20, "ftp-data"},
    {'w', 21, "ftp"},
    {'w', 22, "ssh"},
    {'w', 23, "telnet"},
    {'w', 25, "smtp"},
    {'w', 37, "time"},
    {'w', 42, "nameserver"},
    {'w', 53, "domain"},
    {'w', 69, "tftp"},
    {'w', 70, "gopher"},
    {'w', 79, "finger"},
    {'w', 80, "http"},
    {'w', 110, "pop3"},
    {'w', 111, "sunrpc"},
    {'w', 119, "nntp"},
    {'w', 123, "ntp"},
    {'w', 143, "imap"},
};

} // namespace

text_form const* find_text_form(rr_type t) noexcept
{
    auto const v = static_cast<std::size_t>(t);
    if (v < rows.size())
        return rows[v] != 0 ? &forms[rows[v] - 1] : nullptr;
    auto const* const found = std::find_if(std::begin(forms), std::end(forms), [t](auto& f) { return f.type == t; });
    return found != std::end(forms) ? found : nullptr;
}

text_form const* find_text_form(std::string_view mnemonic) noexcept
{
    for (auto at = bucket(mnemonic) % words.size(); words[at] != 0; at = (at + 1) % words.size())
        if (equal_words(forms[words[at] - 1].mnemonic, mnemonic))
            return &forms[words[at] - 1];
    return nullptr;
}

std::optional<std::uint16_t> value_of_mnemonic(char field, std::string_view word) noexcept
{
    for (auto const& m : mnemonics)
        if (m.field == field && equal_words(m.word, word))
            return m.value;
    return {};
}

} // namespace homing::dns
