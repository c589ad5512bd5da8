// What the DNS forbids in a zone, and what is only unwise.
#pragma once

#include "zone/contents.hpp"

#include <string>
#include <vector>

namespace homing::zone {

struct finding {
    enum class severity { warning, error } level;
    std::uint32_t line;  ///< in the file, 0 for unknown
    std::string message; ///< one sentence: which name, what is wrong, what to do
};

/// Errors: no SOA or more than one, SOA not at the apex, no NS at the apex, out-of-zone records, CNAME beside other data (RFC 2181
/// 10.1; RRSIG and NSEC allowed), several CNAMEs or DNAMEs at a name, names below a DNAME (RFC 6672 2.4), RRsets too large to be
/// answered, meta types. Warnings: NS or MX that points to a CNAME in the zone, missing glue, a name server or exchanger in the zone without an address, TTLs
/// that differ in an RRset, records about signing that nothing else in the zone bears out. At most `limit` findings of each severity, the rest counted in a last one.
std::vector<finding> check(contents const&, std::size_t limit = 20);

/// Types that may stand beside a CNAME: RFC 4034 3 and 4, RFC 4035 2.5, and for their predecessors RFC 2181 10.1.
constexpr bool may_accompany_cname(dns::rr_type t) noexcept
{
    using enum dns::rr_type;
    return t == rrsig || t == nsec || t == sig || t == nxt || t == key;
}

/// Types of which a name has one record at most.
constexpr bool is_singleton(dns::rr_type t) noexcept
{
    using enum dns::rr_type;
    return t == soa || t == cname || t == dname || t == nsec;
}

} // namespace homing::zone
