// One UDP socket of one worker: waits until something is there, then takes it, answers it and sends the replies in batches.
//
// Asio waits; recvmmsg and sendmmsg do the rest, which costs what a bare epoll loop costs. Receive offload (UDP_GRO) stays
// off: it only makes small datagrams from many senders dearer. One thread: the worker's.
#pragma once

#include "server/dispatch.hpp"
#include "server/event_loop.hpp"
#include "server/file_descriptor.hpp"
#include "server/receive_queue.hpp"
#include "server/udp_batch.hpp"

namespace homing::server {

class udp_listener {
public:
    /// All of these outlive this.
    udp_listener(event_loop&, file_descriptor, dispatch&, udp_batch&, counters&);

    /// Begins to receive.
    void start();
    /// Answers what has arrived and takes nothing more; replies can still be delivered.
    void stop();

    /// Any thread.
    receive_queue queue() noexcept { return read_receive_queue(socket_.native_handle()); }

    /// Queues a reply that comes later than its batch, for `flush`.
    void deliver(udp_peer const&, std::span<std::uint8_t const> reply);
    void flush();

private:
    struct queued_reply {
        udp_peer peer;
        std::vector<std::uint8_t> octets;
    };

    void wait();
    void drain();
    void answer(std::size_t received);

    watched_descriptor socket_;
    dispatch& dispatch_;
    udp_batch& batch_;
    counters& counters_;
    std::array<exchange, udp_batch::capacity> exchanges_;
    std::array<std::uint8_t, udp_batch::capacity> origin_; // the slot of each exchange
    std::vector<queued_reply> replies_;
    bool is_stopped_ = false;
};

} // namespace homing::server
