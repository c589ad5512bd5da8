// RFC 2136 3.4.2: doing what an update asks for.
#pragma once

#include "update/request.hpp"
#include "update/zone_change.hpp"

#include <span>

namespace homing::update {

/// RRsets of one name at most: a name's records stand together, so that an answer is one copy, and a change copies them all. As many as BIND takes.
inline constexpr std::size_t max_types_per_name = 100;

/// Does the updates in their order. REFUSED if that leaves an RRset larger than a message, or a name with too many types: then the change
/// must be dropped. Precondition: read_update's syntax; the owners are in the zone.
outcome apply_updates(zone_change&, std::span<raw_record const> updates);

/// REFUSED if the change makes an RRset larger than dns::max_rrset_wire_size or gives a name more than max_types_per_name.
outcome check_sizes(zone_change const&);

/// There is something at the name that forbids a CNAME there.
bool has_other_than_cname(zone_change const&, dns::name_view owner);

} // namespace homing::update
