// What a catalog zone says (RFC 9432), and what is to be done for it. Without sockets.
//
// Pure functions over a version of the zone; any thread.
#pragma once

#include "dns/result.hpp"
#include "zone/zone_version.hpp"

#include <optional>
#include <string>
#include <vector>

namespace homing::server {

struct catalog_member {
    std::string label; ///< octets, without its length
    std::string apex;  ///< octets
    std::string coo;   ///< octets of the apex of the catalog zone that it is given to (RFC 9432 4.4.1); empty: none
};

/// Why it cannot be processed: its version is not 2 (RFC 9432 4.2.1). Empty: it can.
std::string fault_of_catalog(zone::zone_version const&);

/// What stands at a label; nothing if it is no member's. A failure if it is broken: a PTR RRset of several records (RFC 9432 4.1).
dns::result<std::optional<catalog_member>> read_member(zone::zone_version const&, std::string const& label);

/// All members. A failure if one is broken, or two are of one zone.
dns::result<std::vector<catalog_member>> read_members(zone::zone_version const&);

/// The member's label of a name in a catalog zone (octets of both); nothing if it belongs to none.
std::optional<std::string> label_of(std::string const& owner, dns::name_view catalog);

} // namespace homing::server
