// What somebody needs to know of a zone that was just made: what to enter at the registrar, the admin's key, the next step.
//
// The caller's thread; reads a version that the caller holds.
#pragma once

#include "server/commands/command.hpp"
#include "zone/zone_version.hpp"

#include <cstdint>

namespace homing::server {

/// The key that the first start makes.
dns::name admin_key_name();

/// A name of an apex's NS, with its addresses as far as the zone holds them.
struct delegated_server {
    dns::name host;
    std::vector<std::vector<std::uint8_t>> addresses; ///< 4 or 16 octets each
};
std::vector<delegated_server> servers_of(zone::zone_version const&);

/// Of 4 or 16 octets: "192.0.2.1", "2001:db8::1".
std::string address_text(std::vector<std::uint8_t> const& address);

/// Who reads it: somebody, who is told the key itself, or systemd's journal, which keeps what it is told and shows it to others than root.
enum class told_to : std::uint8_t { person, journal };

/// Some lines.
std::string welcome_text(zone::zone_version const&, update::key_ring const&, told_to);

} // namespace homing::server
