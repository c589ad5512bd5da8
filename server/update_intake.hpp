// Takes an UPDATE off the wire: verifies its signature, takes it apart, and hands it to the writer.
//
// The signature is verified here, on the worker that received the message, so that the writer's one thread has nothing to do
// with it. What fails is answered at once; the rest is answered when its outcome comes back through the outbox. One thread: a
// worker's.
#pragma once

#include "server/counters.hpp"
#include "server/outbox.hpp"
#include "server/update_log.hpp"
#include "server/use_notes.hpp"
#include "update/writer.hpp"

namespace homing::server {

/// The record that a refusal is about, in text, as far as it is known.
struct update_record {
    std::string name = "-", type = "-";
};

class update_intake {
public:
    /// All of these outlive this; the outbox and the writer also every update that was handed over.
    update_intake(update::writer&, outbox&, use_notes&, counters&);

    /// Returns the size of the reply that replaced the request in `buffer`, or 0 if the reply comes through the outbox.
    /// Precondition: the request's opcode is UPDATE, it is no response and has at least 12 octets; the buffer has at least
    /// 1232.
    std::size_t take(std::span<std::uint8_t> buffer, std::size_t request_size, update::key_ring const&,
                     socket_address const& client, reply_route, std::uint64_t now);

    /// The same for an update of a zone that is followed: it goes to a primary as it is, whoever signed it (RFC 2136 6).
    std::size_t forward(std::span<std::uint8_t> buffer, std::size_t request_size, update::key_ring const&,
                        socket_address const& client, reply_route, std::uint64_t now);

    /// Call after a batch of `take`: only then the writer hears of what was handed over.
    void batch_ended();

    /// The reply to an update that came back: returns its size. Precondition: 1232 octets of buffer.
    std::size_t reply(std::span<std::uint8_t> buffer, finished_update const&, std::uint64_t now);

private:
    std::size_t turn_away(std::span<std::uint8_t> buffer, dns::request_view const&, dns::rcode, char const* reason,
                          socket_address const& client, reply_route const&, std::uint64_t now);
    std::size_t turn_away(std::span<std::uint8_t> buffer, update_exchange const&, dns::rcode, std::string_view reason,
                          std::uint64_t now);
    void log_failure(update_exchange const&, dns::rcode, update_record const&, std::string_view reason, std::uint64_t now);
    bool hand_over(update::dns_update&&, std::shared_ptr<update_exchange const>);

    update::writer& writer_;
    outbox& outbox_;
    use_notes& uses_;
    counters& counters_;
    update_log log_;
    bool has_handed_over_ = false;
};

} // namespace homing::server
