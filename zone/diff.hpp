// What left and what came between two versions of a zone: what the store keeps, the journal remembers and IXFR sends.
//
// Plain values; one thread at a time.
#pragma once

#include "dns/name.hpp"
#include "dns/rrset.hpp"

#include <vector>

namespace homing::zone {

/// One RRset before and after; empty (no records) means that there was or is none. Both have the RRset's type.
struct rrset_change {
    dns::name owner; ///< absolute, lower case
    dns::rrset before, after;

    dns::rr_type type() const noexcept { return before.empty() ? after.type() : before.type(); }
};

/// One step of a zone. An RRset occurs at most once. The SOA's own change is among them.
struct diff {
    std::uint32_t serial_from = 0, serial_to = 0;
    std::vector<rrset_change> changes;
};

/// A SOA of which nothing but the serial changed: what every change of a zone brings with it.
bool is_serial_only(rrset_change const&);

} // namespace homing::zone
