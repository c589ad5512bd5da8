// A worker's requests for transfers: opens their streams, has the journal read for incremental ones, and says in the log who was refused.
//
// One thread: the worker's. What the crew has read comes back to it through the worker's event loop.
#pragma once

#include "server/counters.hpp"
#include "server/event_loop.hpp"
#include "server/transfer_stream.hpp"
#include "server/update_exchange.hpp"
#include "server/update_log.hpp"
#include "server/use_notes.hpp"

namespace homing::server {

/// What all workers' transfers share. All of it outlives them.
struct transfer_surroundings {
    journal_crew& crew;
    transfer_fence const& fence;
};

class transfer_desk {
public:
    static constexpr std::size_t most_held_back = std::size_t{256} << 20; ///< octets that only old versions need

    /// All of these outlive this.
    transfer_desk(event_loop&, transfer_surroundings const&, zone::versions&, use_notes&, counters&);

    /// The stream, or the reply in the exchange's buffer. A stream that waits for the journal is told by tcp_session::take_difference.
    transfer_stream::opening open(exchange const&, update::key_ring const&, socket_address const& client,
                                  std::weak_ptr<tcp_session>, std::uint64_t now);
    /// An IXFR over UDP (RFC 1995 2): the size of the reply in its buffer, or 0 if it comes later.
    std::size_t take_datagram(exchange const&, update::key_ring const&, udp_route const&, std::uint64_t now);

    /// What old versions need is within bounds: if not, transfers, which hold them, must end.
    bool may_hold_versions() const noexcept;

private:
    transfer_stream::opening open_noted(exchange const&, update::key_ring const&, socket_address const& client, char const* via,
                                        std::uint64_t now);

    event_loop& io_;
    transfer_surroundings around_;
    zone::versions& versions_;
    use_notes& uses_;
    counters& counters_;
    update_log log_;
};

} // namespace homing::server
