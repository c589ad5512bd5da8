// One TCP connection: requests pipelined as the client likes, answered in batches, updates out of order when they are through.
//
// One read takes every request that is there, one write returns every answer; a request that comes alone is answered together with
// those of other connections (tcp_batch.hpp). What is held per connection is bounded: at most
// one read's worth of requests that are not answered yet, about 128 KiB of replies that the client does not take, so many
// updates in flight; whoever is at a bound is not read from. Whoever sends half a message, or does not take replies, is cut
// off by the session table. A state machine rather than a coroutine: it has no frame to keep, and an idle connection is a few
// hundred octets. One thread: the worker's.
#pragma once

#include "server/dispatch.hpp"
#include "server/event_loop.hpp"
#include "server/file_descriptor.hpp"
#include "server/output_queue.hpp"
#include "server/session_table.hpp"
#include "server/tcp_batch.hpp"
#include "server/tcp_readiness.hpp"
#include "server/tcp_scratch.hpp"
#include "server/transfer_stream.hpp"

namespace homing::server {

/// What a worker's sessions share. All of it outlives them.
struct tcp_surroundings {
    event_loop& io;
    dispatch& requests;
    tcp_scratch& scratch;
    tcp_batch& batch;
    tcp_readiness& readiness;
    session_table& sessions;
    counters& count;
    std::size_t updates_in_flight; ///< limit per session
};

class tcp_session : public std::enable_shared_from_this<tcp_session> {
public:
    tcp_session(tcp_surroundings const&, file_descriptor, socket_address const& client);

    /// Begins, when the table has it at `place`.
    void start(session_table::list::iterator place);
    /// The socket can be read or written: `events` are epoll's.
    void on_ready(std::uint32_t events);
    /// The request that is in the common batch has been answered: exchange `i` of the scratch buffers.
    void take_answer(std::size_t i);

    /// Takes no further requests; closes when all replies that are due have left.
    void stop();
    /// Closes at once.
    void close();

    /// What the journal had for the transfer that waits for it.
    void take_difference(journal_crew::answer);
    /// A transfer that waits for the journal ends if old versions take too much memory.
    void look_at_versions();
    /// Queues the reply to an update, for `flush`.
    void deliver(std::span<std::uint8_t const> reply);
    /// Sends what can be sent, and goes on.
    void flush();

    socket_address const& client() const noexcept { return client_; }
    bool awaits_outcome() const noexcept { return updates_ != 0 || (transfer_ != nullptr && transfer_->is_waiting()); }
    /// Nothing is under way here: the next step is the client's, be it a request or the rest of one that has begun.
    bool waits_for_client() const noexcept { return updates_ == 0 && output_.empty() && transfer_ == nullptr && !is_in_batch_; }
    session_table::clock::time_point last_active; ///< the table's

private:
    // Everything that happens ends in `settle`, which decides what to wait for next.
    template <class F>
    void guarded(F&&);
    void settle();
    void await_input();
    void await_room();

    bool may_take() const noexcept;
    void take_held();
    void read();
    std::span<std::uint8_t> room_to_read();
    void took(std::span<std::uint8_t const>);
    std::size_t answer_from(std::span<std::uint8_t const>);
    std::size_t fill_batch(std::span<std::uint8_t const>, std::size_t limit);
    std::size_t answer_batch(std::size_t count);
    std::size_t reply_size(exchange const&);
    std::size_t begin_transfer(exchange const&);
    void continue_transfer();
    void send(std::span<iovec>);
    void send_waiting();
    void touch() noexcept;

    tcp_surroundings const& around_;
    file_descriptor socket_;
    socket_address client_;
    session_table::list::iterator place_;
    std::vector<std::uint8_t> input_; // received, not yet answered: a part of a message, or more when at a bound
    output_queue output_;
    std::unique_ptr<transfer_stream> transfer_; // requests that follow wait until it is through
    std::size_t updates_ = 0;                   // handed over, not yet answered
    std::size_t batch_ = tcp_scratch::capacity;
    bool awaits_input_ = true; // we are told when there is something to read
    bool is_in_batch_ = false; // a request of ours is in the common batch
    bool is_unread_ = true;    // there may be something to read of which we will not be told once more
    bool has_hung_up_ = false; // the client's end is on its way to us, behind what can be read
    bool is_at_end_ = false;   // the client sends no more
    bool is_stopping_ = false;
    bool is_closed_ = false;
};

} // namespace homing::server
