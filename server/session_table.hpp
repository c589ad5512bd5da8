// A worker's TCP sessions, the one that did nothing for the longest time first.
//
// Closes those that outstay the idle time-out: without a whole request, or without taking replies. One thread: the worker's.
#pragma once

#include "server/client_table.hpp"
#include "server/counters.hpp"
#include "server/event_loop.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace homing::server {

class tcp_session;

class session_table {
public:
    /// The client table and the counters outlive this.
    session_table(event_loop&, client_table&, counters&, std::chrono::seconds idle);

    using list = std::list<std::shared_ptr<tcp_session>>;
    using clock = std::chrono::steady_clock;

    /// Takes in a session whose client was admitted by the client table.
    void add(std::shared_ptr<tcp_session>);
    /// The session at `place` did something: it is the last to go.
    void touch(list::iterator place) noexcept;
    /// Forgets the session at `place`, which has closed.
    void remove(list::iterator place);

    /// Closes the session that waits for its client the longest, to make room; false if none can be spared.
    bool evict();

    /// Takes no further requests of any. Each session ends when the replies that are due have left. When all have ended,
    /// `ended` is called, and nothing of this keeps the loop running.
    void stop(std::function<void()> ended);
    /// Closes those that are left after `patience`. Precondition: stopped.
    void close_after(std::chrono::milliseconds patience);

    std::size_t size() const noexcept { return sessions_.size(); }

private:
    void tick();
    void cut_off_idle();
    void end_if_empty();

    loop_timer timer_;
    client_table& clients_;
    counters& counters_;
    clock::duration idle_;
    clock::time_point now_ = clock::now(); // as exact as the ticks: a time-out needs no more
    list sessions_;
    std::function<void()> ended_;
    bool is_ticking_ = false, is_stopping_ = false;
};

} // namespace homing::server
