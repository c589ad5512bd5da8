// Who listens on a port of this machine, as /proc knows it. Any thread; reads some thousand files where there are many processes.
#pragma once

#include "server/socket_address.hpp"

#include <optional>
#include <string>
#include <vector>

namespace homing::server {

struct port_holder {
    std::string protocol; ///< "udp" or "tcp"
    socket_address address;
    std::string process; ///< "systemd-resolve (process 612)"; empty where this user may not know
};

std::vector<port_holder> holders_of_port(std::uint16_t port);

/// A line of /proc/net/udp or the like: what listens there, and the number of its socket. Nothing for a head or a connection.
struct listening_socket {
    socket_address address;
    unsigned long inode;
};
std::optional<listening_socket> read_socket_line(std::string const& line, bool is_tcp);

} // namespace homing::server
