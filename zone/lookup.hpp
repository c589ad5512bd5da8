// What a zone says of a name and a type: RFC 1034 4.3.2 steps 3 and 4, with RFC 4592 (wildcards) and RFC 6672 (DNAME).
//
// Pure reading, no allocation; any thread that holds the version.
#pragma once

#include "zone/name_hash.hpp"
#include "zone/zone_version.hpp"

namespace homing::zone {

struct lookup_result {
    enum class kind : std::uint8_t {
        answer,   ///< `rrset` answers
        alias,    ///< `rrset` is the CNAME at the name (or at its wildcard)
        dname,    ///< `rrset` is the DNAME of an ancestor, `labels` long
        referral, ///< `rrset` is the NS of the cut at or above the name, `labels` long; `at` the cut's node
        nodata,   ///< the name exists (or a wildcard stands for it), the type does not
        nxdomain
    } what = kind::nxdomain;
    rrset_view rrset;
    node const* at = nullptr;
    std::size_t labels = 0;
};

/// Looks up the whole of `q`. Precondition: `z` is the closest zone of the name (or, for DS at its apex, the zone above). ANY finds one RRset
/// of the name (RFC 8482 4.1).
lookup_result look_up(zone_version const& z, query_name const& q, dns::rr_type) noexcept;
/// The same where the node of the name itself has been looked for: `exact`, or null if it does not exist.
lookup_result look_up(zone_version const& z, query_name const& q, dns::rr_type, node const* exact) noexcept;

/// The octets of `q` that name it relative to the zone's apex.
inline std::span<std::uint8_t const> relative_to(zone_version const& z, query_name const& q, std::size_t labels) noexcept
{
    std::size_t const from = q.offset_of(labels);
    return {q.view().data() + from, q.view().size() - from - z.apex().size()};
}

} // namespace homing::zone
