// A zone, or what changed in it, on its way out (RFC 5936, RFC 1995): who may have it, and its messages one at a time, each signed.
//
// Holds the version that it began with for as long as it lives, and a message's worth of memory; whoever drives it asks for the next
// message when the last one has left. IXFR is answered with the SOA alone for a client that is up to date; with what changed, when somebody has
// read that from the journal; or else with the whole zone (RFC 1995 4). One thread: a worker's.
#pragma once

#include "server/journal_crew.hpp"
#include "server/responder.hpp"
#include "server/transfer_fence.hpp"
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
    /// Precondition: an exchange whose verdict is `transfer`. Denied without a signature of a key that may transfer the zone, but for clients
    /// that the fence lets have zones without one; and to all that it does not let in.
    static opening open(exchange const&, socket_address const& client, zone::versions&, update::key_ring const&,
                        transfer_fence const&, std::uint64_t now);

    /// What is to be read of the journal first, if anything: then `take` must come before `next`.
    std::optional<journal_crew::task> const& wanted() const noexcept { return wanted_; }
    bool is_waiting() const noexcept { return wanted_.has_value(); }
    /// What was read; null for the whole zone.
    void take(journal_crew::answer);

    bool is_done() const noexcept { return done_; }
    /// The next message, with its length before it (RFC 1035 4.2.2), valid until the next call. Precondition: neither is_done() nor is_waiting().
    std::span<std::uint8_t const> next(std::uint64_t now);
    /// To be answered with one datagram (RFC 1995 2), instead of `next`: with what `take` gives it, or where that does not fit, or is too much for
    /// the journal's readers, the SOA alone. Holds no version from now on. Without a signature, or with `is_busy`, nothing is to be read.
    void become_datagram(bool is_busy);
    std::span<std::uint8_t const> datagram(std::uint64_t now);

private:
    struct signing {
        dns::tsig_reply_state state;
        std::shared_ptr<dns::tsig_key const> key;
    };
    transfer_stream(zone::versions&, std::span<std::uint8_t const> message, dns::request_view const&, std::optional<signing>);

    bool find_zone(dns::name_view apex);
    std::size_t write(std::size_t limit);
    std::size_t write_failure();
    std::uint16_t write_records(dns::wire_writer&);
    void write_expire(dns::wire_writer&);
    void sign(std::size_t size, std::uint64_t now);

    zone::versions::reader reader_;
    std::optional<zone::versions::reading> version_;
    zone::zone_version const* zone_ = nullptr;
    std::optional<zone::outgoing_transfer> records_;
    journal_crew::answer difference_; // instead of them
    std::optional<journal_crew::task> wanted_;
    std::optional<dns::tsig_stream_signer> signer_;
    std::vector<std::uint8_t> head_; // header and question of every message
    std::vector<std::uint8_t> buffer_;
    std::size_t size_ = 0; // of the message in it
    std::size_t room_ = 0; // of a datagram, but for its signature
    std::size_t signature_size_ = 0;
    dns::edns_view edns_;                 // of the request
    std::vector<std::uint8_t> soa_reply_; // of a datagram, without its signature
    std::uint32_t expire_ = 0;            // of the SOA
    bool soa_only_ = false;
    bool is_first_ = true;
    bool done_ = false;
};

} // namespace homing::server
