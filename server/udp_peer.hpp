// Where a datagram came from, and at which of our addresses it arrived: all that a reply to it needs. A plain value; any thread.
#pragma once

#include "server/socket_address.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/socket.h>

namespace homing::server {

struct udp_peer {
    /// Room for one IP_PKTINFO or IPV6_PKTINFO.
    static constexpr std::size_t control_capacity = CMSG_SPACE(sizeof(in6_pktinfo));

    socket_address address;
    alignas(cmsghdr) std::array<std::uint8_t, control_capacity> control{};
    std::uint8_t control_size = 0; ///< 0 if the socket is bound to one address
};

} // namespace homing::server
