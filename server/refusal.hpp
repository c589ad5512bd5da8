// The reply to a signed request that is not done: its rcode, and where the signature was right an Extended DNS Error (RFC 8914) that says why.
//
// Pure; any thread.
#pragma once

#include "dns/tsig.hpp"

#include <span>
#include <string_view>

namespace homing::server {

/// Turns the request, of which at least header and question stand in `buffer`, into a reply without records, signed as the state wants it, and
/// returns its size. BADTIME, as found out after the signature was verified, is told as a signature's error. Precondition: 1232 octets of
/// buffer.
std::size_t write_signed_reply(std::span<std::uint8_t> buffer, dns::request_view const&, dns::tsig_reply_state const&,
                               dns::tsig_key const*, dns::rcode, std::string_view reason, std::uint64_t now);

} // namespace homing::server
