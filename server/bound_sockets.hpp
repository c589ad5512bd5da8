// Opens the sockets that the workers listen on, or says in a sentence why that cannot be and what to do.
//
// Every worker gets its own sockets for every address (SO_REUSEPORT), so that the kernel spreads the load and no worker waits
// for another. Yet an address that any other process uses is refused, another homing of the same user included. Start-up
// only; one thread.
#pragma once

#include "server/file_descriptor.hpp"
#include "server/listen_address.hpp"

#include <span>
#include <vector>

namespace homing::server {

/// Where one worker receives what is sent to one address. Bound, non-blocking; TCP is listening.
struct bound_sockets {
    socket_address address; ///< with the port that the kernel chose if it was asked to
    file_descriptor udp, tcp;
};

/// One list per worker, all alike. Precondition: workers > 0.
dns::result<std::vector<std::vector<bound_sockets>>> bind_sockets(std::span<listen_address const>, unsigned workers);

} // namespace homing::server
