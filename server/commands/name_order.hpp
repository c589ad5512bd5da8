// The names of a zone in canonical order (RFC 4034 6.1), for people to read.
//
// The zone's version must be held while the result is used. Any thread.
#pragma once

#include "zone/zone_version.hpp"

#include <string>
#include <vector>

namespace homing::server {

/// A string that sorts, octet by octet, as the name below its apex does. `relative`: as node::relative_name().
std::string sort_key(std::span<std::uint8_t const> relative);

/// Every name, the apex first.
std::vector<zone::node const*> in_order(zone::zone_version const&);

} // namespace homing::server
