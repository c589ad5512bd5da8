// What one worker has done since it started.
//
// Its worker alone writes, so an increment is a plain load and store without a locked instruction; any thread reads, a little
// late. Each set stands on cache lines of its own.
#pragma once

#include "dns/types.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace homing::server {

/// A number that one thread raises and any thread reads.
class counter {
public:
    void add(std::uint64_t n = 1) noexcept
    {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

struct alignas(128) counters { // two lines: neighbouring ones are fetched together
    counter udp_requests, tcp_requests;
    counter silences;        ///< requests that got no reply: responses, fragments of a header
    counter truncated_in;    ///< datagrams longer than we take
    counter send_drops;      ///< UDP replies that the kernel did not take
    counter updates;         ///< verified and handed to the writer
    counter updates_refused; ///< turned away by the worker: not signed, wrongly signed, malformed, or the queue was full
    counter tcp_accepted;
    counter tcp_turned_away;        ///< because of a limit
    counter tcp_cut_off;            ///< idle, half a message, or not taking our replies
    std::array<counter, 16> rcodes; ///< replies by the header's rcode

    void count_reply(dns::rcode code) noexcept { rcodes[static_cast<std::size_t>(code) & 15].add(); }
};

} // namespace homing::server
