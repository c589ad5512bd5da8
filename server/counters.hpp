// What one worker has done since it started.
//
// Its worker alone writes, so an increment is a plain load and store without a locked instruction; any thread reads, a little
// late. Each set stands on cache lines of its own.
#pragma once

#include "dns/types.hpp"
#include "server/client_variety.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

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
    counter silences, truncated_in, send_drops;
    counter updates, updates_refused;
    counter transfers, transfers_incremental;
    counter tcp_accepted, tcp_turned_away, tcp_cut_off;
    std::array<counter, 16> rcodes; ///< replies by the header's rcode
    client_variety clients;         ///< over UDP

    void count_reply(dns::rcode code) noexcept { rcodes[static_cast<std::size_t>(code) & 15].add(); }
};

/// A counter under the name by which it is shown, and what it counts.
struct counter_field {
    std::string_view name, meaning;
    counter counters::*value;
};
inline constexpr std::array counter_fields{
    counter_field{"udp_requests", "datagrams taken", &counters::udp_requests},
    counter_field{"udp_too_long", "datagrams longer than we take; answered FORMERR", &counters::truncated_in},
    counter_field{"udp_send_drops", "replies that the kernel did not take", &counters::send_drops},
    counter_field{"tcp_requests", "messages taken", &counters::tcp_requests},
    counter_field{"tcp_accepted", "connections", &counters::tcp_accepted},
    counter_field{"tcp_turned_away", "connections closed at once because of a limit", &counters::tcp_turned_away},
    counter_field{"tcp_cut_off", "connections closed: idle, half a message, replies not taken, or to make room",
                  &counters::tcp_cut_off},
    counter_field{"unanswered", "requests that no reply is due to: responses, parts of a header", &counters::silences},
    counter_field{"updates_taken", "verified and handed to the writer", &counters::updates},
    counter_field{"updates_turned_away", "not signed, wrongly signed, malformed, or too many wait", &counters::updates_refused},
    counter_field{"transfers", "zones asked for by AXFR or IXFR, by who may", &counters::transfers},
    counter_field{"transfers_changes", "of them, those answered with what changed alone", &counters::transfers_incremental},
};

} // namespace homing::server
