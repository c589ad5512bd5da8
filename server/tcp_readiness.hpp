// Tells a worker which of its TCP sessions can be read or written.
//
// One edge-triggered epoll for all of them: a session is registered once, and waiting for its next request costs it no system
// call of its own (Asio's async_wait costs an epoll_ctl each time). Asio waits for the epoll as for one descriptor. A session is
// told of what happens to its socket after it was last told, and asks anew when it left something unread or waits for something
// else. Those that are ready are told a turn at a time, in the order in which they became ready, so that none waits for another
// for long; then the worker's other sockets get their turn. One thread: the worker's.
#pragma once

#include "server/event_loop.hpp"
#include "server/file_descriptor.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include <sys/epoll.h>

namespace homing::server {

class tcp_session;

class tcp_readiness {
public:
    static constexpr std::size_t sessions_per_turn = 64;

    /// `turn_ended` is called after each turn's sessions were told. The loop outlives this. Throws std::system_error.
    tcp_readiness(event_loop&, std::function<void()> turn_ended);

    /// Begins to watch a session's socket for something to read, until the socket is closed. Throws std::system_error.
    void watch(int socket, tcp_session&);
    /// From now on watches for something to read, or only for room to write. Tells the session in one of the next turns if there
    /// already is. Throws std::system_error.
    void await_input(int socket, tcp_session&);
    void await_room(int socket, tcp_session&);
    /// The session has closed its socket: it is not told of anything any more.
    void forget(tcp_session const&) noexcept;

    /// Keeps the loop running until `stop`.
    void start();
    void stop();

private:
    void wait();
    void take_turn();
    void control(int operation, int socket, tcp_session&, std::uint32_t events);

    watched_descriptor epoll_;
    std::function<void()> turn_ended_;
    std::array<epoll_event, sessions_per_turn> events_;
    std::span<epoll_event> rest_; // of the turn
    bool is_stopped_ = false;
};

} // namespace homing::server
