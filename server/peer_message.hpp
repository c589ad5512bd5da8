// What a primary says to the servers that follow it, and what they answer: NOTIFY (RFC 1996) and questions for a zone's SOA.
//
// Pure functions over octets; any thread. What a peer sends is hostile until its signature says otherwise, and then it is still only parsed.
#pragma once

#include "dns/rdata.hpp"
#include "dns/tsig.hpp"

#include <optional>
#include <span>
#include <vector>

namespace homing::server {

enum class peer_question : std::uint8_t { notify, soa };

/// What was asked, to tell its answer.
struct asked_peer {
    peer_question kind = peer_question::notify;
    std::uint16_t id = 0;
    dns::name apex;
    std::vector<std::uint8_t> mac = {}; ///< empty: it was not signed
};

/// Writes the message into the buffer and returns its size, 0 if it does not fit; signed if there is a key. `soa`: the record's rdata as a hint, for a
/// NOTIFY; left out where it does not fit.
std::size_t write_question(std::span<std::uint8_t> buffer, asked_peer&, dns::rdata_view soa, std::uint32_t soa_ttl,
                           dns::tsig_key const*, std::uint64_t now);

struct peer_answer {
    dns::rcode rcode = dns::rcode::noerror;
    std::optional<std::uint32_t> serial; ///< of a SOA in it that belongs to the zone
    bool is_authoritative = false;
};

/// The id of a message that is an answer; nothing if it is not even that.
std::optional<std::uint16_t> answer_id(std::span<std::uint8_t const> message) noexcept;

/// The answer to what was asked; nothing if it is not that: another question, malformed, or not signed as the question was. An error without a
/// signature counts, if the peer says that it does not know the key, or the time (RFC 8945 5.3.2).
std::optional<peer_answer> read_answer(std::span<std::uint8_t const> message, asked_peer const&, dns::tsig_key const*,
                                       std::uint64_t now);

} // namespace homing::server
