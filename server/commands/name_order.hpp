// The names of a zone in canonical order (RFC 4034 6.1), for people to read.
//
// The zone's version must be held while the result is used. Any thread.
#pragma once

#include "zone/zone_version.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace homing::server {

/// A string that sorts, octet by octet, as the name below its apex does. `relative`: as node::relative_name().
std::string sort_key(std::span<std::uint8_t const> relative);

/// Every name, the apex first.
std::vector<zone::node const*> in_order(zone::zone_version const&);
/// The first `most` names that are wanted, of those whose sort_key is greater than `after` (of all without it). Needs memory for so many.
std::vector<zone::node const*> in_order_after(zone::zone_version const&, std::optional<std::string> const& after, std::size_t most,
                                              std::function<bool(zone::node const&)> const& is_wanted);

} // namespace homing::server
