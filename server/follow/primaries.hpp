// The primaries of a followed zone, as they are stored and as people write them: "192.0.2.1:53 [2001:db8::1]:53".
//
// Pure functions; any thread.
#pragma once

#include "dns/result.hpp"
#include "server/socket_address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace homing::server {

/// Of one zone.
inline constexpr std::size_t max_primaries = 8;

/// "ADDR", "ADDR:PORT", "[ADDR]:PORT"; port 53 unless it is given. Names are never looked up.
dns::result<socket_address> read_primary(std::string_view text);
/// What is stored of these.
std::string primaries_text(std::vector<socket_address> const&);
/// Those stored; what cannot be read is left out.
std::vector<socket_address> read_primaries(std::string_view stored);
/// The address, whatever the port, is one of theirs.
bool has_address(std::string_view stored, std::string_view host);

} // namespace homing::server
