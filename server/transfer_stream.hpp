// A zone on its way out over one TCP connection (RFC 5936): who may have it, and its messages one at a time, each signed.
//
// Holds the version that it began with for as long as it lives, and a message's worth of memory; whoever drives it asks for the next
// message when the last one has left. IXFR is answered with the whole zone (RFC 1995 4), or with the SOA alone for a client that is up to
// date. One thread: a worker's.
#pragma once

#include "server/responder.hpp"
#include "zone/transfer.hpp"
#include "zone/versions.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace homing::server {

class transfer_stream {
public:
    /// What became of a request: a stream, or a reply that stands in the exchange's buffer.
    struct opening {
        std::unique_ptr<transfer_stream> stream; ///< null: refused, see the buffer
        std::size_t reply_size = 0;
        std::string reason;                          ///< why it was refused
        std::string key = "-";                       ///< whose signature it claims to carry
        update::granted_key const* signer = nullptr; ///< whose it carries; lives as long as the ring
    };
    /// Precondition: an exchange whose verdict is `transfer`. Denied without a signature of a key that may transfer the zone.
    static opening open(exchange const&, zone::versions&, update::key_ring const&, std::uint64_t now);

    bool is_done() const noexcept { return done_; }
    /// The next message, with its length before it (RFC 1035 4.2.2), valid until the next call. Precondition: not is_done().
    std::span<std::uint8_t const> next(std::uint64_t now);

private:
    transfer_stream(zone::versions&, std::span<std::uint8_t const> head, dns::tsig_reply_state const&,
                    std::shared_ptr<dns::tsig_key const>);

    bool find_zone(dns::name_view apex);
    std::size_t write(std::size_t limit);
    std::size_t write_failure();

    zone::versions::reader reader_;
    zone::versions::reading version_;
    std::optional<zone::outgoing_transfer> records_;
    dns::tsig_stream_signer signer_;
    std::vector<std::uint8_t> head_; // header and question of every message
    std::vector<std::uint8_t> buffer_;
    std::size_t signature_size_;
    bool soa_only_ = false;
    bool done_ = false;
};

} // namespace homing::server
