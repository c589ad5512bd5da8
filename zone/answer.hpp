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

/// Writes the three sections for a question. `q` holds its name in lower case (and is changed where an alias leads on); `found` is what was looked up for it.
/// An RRset is written whole or, if it does not fit, not at all: then the reply is truncated unless it was optional.
answer_summary write_answer(zone_version const&, query_name& q, dns::rr_type, lookup_result found, bool dnssec_ok,
                            dns::wire_writer&) noexcept;

} // namespace homing::zone
