// What a client behind a NAT asks: which address do I come from? A and AAAA of dns::whoami_name() have the address of the family that
// the question came by, TXT has it as text.
//
// Only questions with a good signature come here. A reply fits into 512 octets whatever key signs it, so it is never truncated. Pure; any thread.
#pragma once

#include "dns/message.hpp"
#include "server/socket_address.hpp"

namespace homing::server {

bool is_whoami(dns::question_view const&) noexcept;

/// Turns the request in `buffer` into the reply, and returns its size. Precondition: room for 100 octets behind the question.
std::size_t write_whoami(std::span<std::uint8_t> buffer, dns::request_view const&, socket_address const& client);

} // namespace homing::server
