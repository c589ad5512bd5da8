// What a secondary asks its primary, signed where there is a key, and what a reply says of the SOA. Without sockets.
//
// Pure; one thread at a time.
#pragma once

#include "dns/rdata.hpp"
#include "dns/response.hpp"
#include "dns/result.hpp"
#include "dns/tsig_stream.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace homing::server {

/// A request, and what its replies are verified with.
struct primary_question {
    std::vector<std::uint8_t> octets;
    std::uint16_t id = 0;
    std::optional<dns::tsig_stream_verifier> verifier; ///< none without a key
};

/// Asks for the SOA with EDNS and the EXPIRE option (RFC 7314), or for a transfer: with `ours`, the rdata of the SOA that we have, IXFR (RFC 1995 3).
primary_question ask_for_soa(dns::name_view apex, std::uint16_t id, std::shared_ptr<dns::tsig_key const> const&, std::uint64_t now);
primary_question ask_for_transfer(dns::name_view apex, std::optional<dns::rdata_view> ours, std::uint16_t id,
                                  std::shared_ptr<dns::tsig_key const> const&, std::uint64_t now);

struct primary_soa {
    std::uint32_t serial = 0;
    std::optional<std::uint32_t> expire; ///< seconds, as its EXPIRE option says
};
/// The SOA in a reply to ask_for_soa. A failure says what is wrong with it. `is_truncated`: it is to be asked for over TCP.
dns::result<primary_soa> read_soa_reply(primary_question&, dns::name_view apex, std::span<std::uint8_t const> message,
                                        std::uint64_t now);
bool is_truncated_reply(std::span<std::uint8_t const> message) noexcept;

} // namespace homing::server
