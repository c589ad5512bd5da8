// A followed zone in memory, beside its record.
//
// Pure functions but for the last, which is for the time before the writer starts.
#pragma once

#include "update/follow_book.hpp"
#include "update/request.hpp"
#include "zone/versions.hpp"

namespace homing::update {

/// What stands in the place of a zone of which there are no contents yet: a SOA with serial 0, and an NS. Nobody is answered from it.
zone::contents placeholder(dns::name_view apex);

/// The SOA's. Precondition: finished contents with a SOA at their origin.
std::uint32_t serial_of(zone::contents const&);

/// REFUSED if it is our catalog, which the writer alone makes what it is.
outcome check_is_no_catalog(zone::zone_version const&);
/// The same, and if the zone's contents come from elsewhere: they are not to be changed here.
outcome check_is_primary(zone::zone_version const&);

/// Makes the loaded zones secondaries that are followed, and adds those without contents.
void mark_followed(zone::versions&, follow_book const&, std::int64_t now_ms);

} // namespace homing::update
