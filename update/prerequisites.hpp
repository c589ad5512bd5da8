// RFC 2136 3.2: what must be so before an update is done.
#pragma once

#include "update/request.hpp"
#include "zone/zone_version.hpp"

#include <span>

namespace homing::update {

/// NOERROR if all hold, else the rcode of the one that does not, and why. Precondition: read_update's syntax; the owners are in the zone.
/// Any thread.
outcome check_prerequisites(zone::zone_version const&, std::span<raw_record const>);

} // namespace homing::update
