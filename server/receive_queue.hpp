// What the kernel holds for a socket of ours and has not given us yet, and what it dropped because that was too much. Asking costs
// one system call and nothing per packet. Any thread, while the socket is open.
#pragma once

#include <cstdint>

namespace homing::server {

struct receive_queue {
    std::uint64_t drops = 0;  ///< since the socket was opened: datagrams, or connections where it listens
    std::uint64_t octets = 0; ///< that are there now, as the kernel counts them
    std::uint64_t limit = 0;  ///< how many there may be
};

/// All 0 if the kernel does not say.
receive_queue read_receive_queue(int socket) noexcept;

} // namespace homing::server
