// The buffers with which a worker takes a batch of datagrams off a socket and puts the replies back, in place.
//
// One worker's listeners share one batch: each is through with it before the next begins. One thread.
#pragma once

#include "server/responder.hpp"
#include "server/udp_peer.hpp"

#include <array>
#include <memory>
#include <span>

namespace homing::server {

class udp_batch {
public:
    /// Enough for the cache misses of the look-ups to overlap, and few enough that what the kernel keeps for each datagram is still
    /// in the first-level cache when the reply is sent: 16 and 32 cost the same, 64 a tenth more CPU per query.
    static constexpr std::size_t capacity = 32;
    /// Of a datagram that we take whole. More than any resolver sends; a longer one is answered FORMERR, and its sender has TCP.
    static constexpr std::size_t slot_size = 4096;

    udp_batch();

    /// Receives what is there, at most `capacity` datagrams, without waiting. Returns how many.
    std::size_t receive(int socket) noexcept;

    /// The datagram at `i` of those received last was longer than a slot.
    bool is_truncated(std::size_t i) const noexcept;
    std::span<std::uint8_t> slot(std::size_t i) noexcept { return {slots_.get() + i * stride, slot_size}; }
    std::size_t size(std::size_t i) const noexcept { return incoming_[i].msg_len; }
    /// Who sent it.
    udp_peer peer(std::size_t i) const noexcept;
    socket_address const& address(std::size_t i) const noexcept { return peers_[i].address; }

    /// The first `size` octets of slot `i` are the reply to its datagram: queued for `send`.
    void queue_reply(std::size_t i, std::size_t size) noexcept;
    /// Sends what is queued. Returns how many the kernel did not take; they are dropped.
    std::size_t send(int socket) noexcept;

private:
    // Slots a power of two apart would all begin in the same few sets of the cache.
    static constexpr std::size_t stride = slot_size + 3 * 64;

    void prepare(std::size_t i) noexcept;

    std::unique_ptr<std::uint8_t[]> slots_;
    std::array<udp_peer, capacity> peers_;
    std::array<iovec, capacity> incoming_data_, outgoing_data_;
    std::array<mmsghdr, capacity> incoming_, outgoing_;
    std::size_t queued_ = 0;
};

/// Sends all messages without waiting; one that cannot be sent does not keep the others. Returns how many were not sent.
std::size_t send_all(int socket, std::span<mmsghdr> messages) noexcept;

/// Makes the header of a datagram to `peer`, leaving from the address that it asked. All of these must stay until it is sent.
mmsghdr header_to(udp_peer& peer, iovec& data) noexcept;

} // namespace homing::server
