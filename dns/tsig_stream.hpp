// Verifies the messages of a reply that is a stream (RFC 8945 5.3.1): a transfer in, or a single reply to a signed request.
//
// The first message must be signed, and the last one; of those in between at most 99 in a row may not be. One thread at a time.
#pragma once

#include "dns/result.hpp"
#include "dns/tsig.hpp"

namespace homing::dns {

class tsig_stream_verifier {
public:
    static constexpr std::size_t most_unsigned = 99; ///< in a row

    /// `request_mac`: as sign_request returned it.
    tsig_stream_verifier(std::shared_ptr<tsig_key const>, std::vector<std::uint8_t> request_mac);

    /// The next message; `tsig_at` is the offset of its TSIG, or 0 if it has none. `now`: seconds since 1970. A failure says what is wrong.
    result<void> take(std::span<std::uint8_t const> message, std::size_t tsig_at, std::uint64_t now);

    /// What is kept of messages that no signature covers yet.
    std::size_t pending_octets() const noexcept { return unsigned_.size(); }
    /// All that was taken is covered by a signature: what must be so at the end.
    bool is_complete() const noexcept { return !is_first_ && unsigned_count_ == 0; }

private:
    result<void> take_unsigned(std::span<std::uint8_t const> message);

    std::shared_ptr<tsig_key const> key_;
    std::vector<std::uint8_t> mac_;      // of the request, then of the last signed message
    std::vector<std::uint8_t> unsigned_; // what came since, one message after the other
    std::size_t unsigned_count_ = 0;
    bool is_first_ = true;
};

} // namespace homing::dns
