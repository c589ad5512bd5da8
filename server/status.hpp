// What a running server says of itself, for people and programs that watch it.
#pragma once

#include "server/counters.hpp"
#include "server/receive_queue.hpp"
#include "server/recent_load.hpp"
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

/// A zone as the list of them shows it.
struct zone_status {
    std::string name;
    std::uint32_t serial;
    std::size_t names;
};

/// A change of a zone without its records.
struct change_status {
    std::int64_t number, time_ms;
    std::string zone;
    std::uint32_t serial;
    storage::change_origin origin;
};

/// The zones that come from elsewhere.
struct followed_status {
    static constexpr std::size_t most_shown = 20;

    std::size_t zones = 0, without_contents = 0, expired = 0, failing = 0;
    std::vector<update::follow_book::entry> failures{}; ///< of those whose last attempt failed, not more than most_shown
    update::follow_gate::counters const* count = nullptr;
};

struct server_status {
    static constexpr std::size_t most_zones = 20, most_changes = 5;

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
    recent_load::rates last_ten_seconds{}, last_minute{};
    std::vector<zone_status> first_zones{};    ///< by name, not more than most_zones
    std::vector<change_status> last_changes{}; ///< newest first, not more than most_changes
    followed_status followed{};
};

} // namespace homing::server
