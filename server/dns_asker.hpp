// Asks a name server one question and waits for the answer, for a bounded time: for commands that look at the world from here.
//
// The answer is taken apart as anything from outside: by a reader that never leaves it, and only if it is to this question, from this
// server, with this random ID. Blocks; any thread but a worker's.
#pragma once

#include "dns/message.hpp"
#include "dns/result.hpp"
#include "server/socket_address.hpp"

#include <array>
#include <chrono>
#include <vector>

namespace homing::server {

struct question {
    dns::name qname;
    dns::rr_type type;
    bool wants_recursion = false;
};

struct answered_record {
    dns::name owner;
    dns::rr_type type;
    std::vector<std::uint8_t> rdata; ///< decompressed and valid
};

struct dns_reply {
    dns::header header;
    std::vector<answered_record> answer, authority, additional;

    dns::rcode rcode() const noexcept { return static_cast<dns::rcode>(header.flags & 15); }
    bool is_authoritative() const noexcept { return (header.flags & dns::header_bits::aa) != 0; }
    bool is_truncated() const noexcept { return (header.flags & dns::header_bits::tc) != 0; }
};

enum class transport { udp, tcp };

/// Over UDP the question is sent twice at the most. A failure says what went wrong, without naming the server.
dns::result<dns_reply> ask(socket_address const& server, question const&, transport, std::chrono::milliseconds patience);

/// Over UDP, and over TCP where the answer was cut off.
dns::result<dns_reply> ask(socket_address const& server, question const&, std::chrono::milliseconds patience);

/// The answer in these octets; nothing if they are not an answer to this question with this ID.
std::optional<dns_reply> read_reply(std::span<std::uint8_t const> message, std::uint16_t id, question const&);

} // namespace homing::server
