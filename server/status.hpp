// What a running server says of itself, for people and programs that watch it.
#pragma once

#include "server/counters.hpp"
#include "server/receive_queue.hpp"
#include "server/socket_address.hpp"
#include "update/writer.hpp"
#include "zone/versions.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace homing::server {

struct socket_status {
    socket_address address;
    receive_queue udp, tcp;
};

/// The references are to the server's own counters, which go on counting and live as long as it does.
struct worker_status {
    counters const& count;
    std::vector<socket_status> sockets;
};

struct server_status {
    std::string data_directory;
    std::chrono::system_clock::time_point started;
    std::chrono::seconds uptime;
    std::size_t zones, names;
    zone::versions::memory_use zone_memory;
    std::size_t resident_octets; ///< of the whole process
    std::size_t tcp_connections;
    update::writer::counters const& writer;
    std::size_t writer_waiting; ///< requests submitted and not through yet
    std::vector<worker_status> workers;
};

} // namespace homing::server
