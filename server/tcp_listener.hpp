// One TCP acceptor of one worker: admits connections within the limits. One thread: the worker's.
#pragma once

#include "server/event_loop.hpp"
#include "server/rate_limiter.hpp"
#include "server/receive_queue.hpp"
#include "server/tcp_session.hpp"

namespace homing::server {

class tcp_listener {
public:
    /// The surroundings and the client table outlive this.
    tcp_listener(file_descriptor listening, tcp_surroundings const&, client_table&);

    void start();
    /// Accepts what has connected, and nothing more.
    void stop();

    /// Any thread, until `stop`.
    receive_queue queue() noexcept { return read_receive_queue(socket_.native_handle()); }

private:
    void wait();
    void wait_a_moment();
    void accept_waiting();
    void accept_some();
    bool make_room();
    client_table::verdict enter_in_place_of_another(socket_address const&);
    void admit(file_descriptor, socket_address const& client);

    tcp_surroundings const& around_;
    client_table& clients_;
    watched_descriptor socket_;
    loop_timer pause_;
    bool is_stopped_ = false;
    bool is_exhausted_ = false; // a connection waits that could not be accepted
    rate_limiter complaints_{1, 1};
};

} // namespace homing::server
