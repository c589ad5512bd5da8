// From what a look-up found to the sections of a reply: records, aliases followed within the zone, delegations with glue, and the SOA
// of negative answers.
//
// Writes into the caller's buffer, allocates nothing. The question stands at offset 12 of the message. Any thread that holds the version.
#pragma once

#include "dns/wire_writer.hpp"
#include "zone/lookup.hpp"

namespace homing::zone {

/// What the reply's header has to say; the records are in the writer's buffer.
struct answer_summary {
    dns::rcode rcode = dns::rcode::noerror;
    bool authoritative = true;
    bool truncated = false;
    std::uint16_t answers = 0, authorities = 0, additionals = 0;
};

/// A name in the rdata of a record of this zone, and the node of that name in the zone, or null if it does not exist there.
struct known_name {
    std::uint8_t const* octets; ///< where the name stands: in the record itself
    node const* at;
};

/// Records of a name that was asked for lead to other names, whose addresses are added: of NS, MX, SRV and the like. (Whoever asks for an
/// alias itself does not want what it leads to.)
inline bool leads_on(rrset_view answer) noexcept
{
    return dns::has_target(answer.type) && answer.type != dns::rr_type::cname && answer.type != dns::rr_type::dname;
}

/// Calls f(name_view) for the names in what was found that its answer leads to: the target of an alias, the servers of a delegation, the
/// exchangers of an MX.
template <class F>
void for_each_target(lookup_result const& found, F&& f)
{
    using enum lookup_result::kind;
    if (found.what == alias || found.what == referral || (found.what == answer && leads_on(found.rrset)))
        found.rrset.for_each([&](dns::rdata_view r) {
            if (auto const name = dns::target_name(found.rrset.type, r))
                f(*name);
        });
}

/// Writes the three sections for a question. `q` holds its name in lower case (and is changed where an alias leads on); `found` is what was looked up for it.
/// An RRset is written whole or, if it does not fit, not at all: then the reply is truncated unless it was optional. `known`: nodes of names
/// that the answer leads to, where they have been looked for before; the others are looked up.
answer_summary write_answer(zone_version const&, query_name& q, dns::rr_type, lookup_result const& found, bool dnssec_ok,
                            dns::wire_writer&, std::span<known_name const> known = {}) noexcept;

} // namespace homing::zone
