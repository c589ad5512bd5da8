// One request each of several connections, answered together.
//
// A client that waits for each answer before it asks again brings one request at a time. Answered alone it would pay for a whole
// batch, and for every cache miss of its look-up; together with those of the other connections that are ready the misses overlap. What is
// added is answered when the batch is full, when somebody needs the scratch buffers, and at the end of each turn. One thread: the
// worker's.
#pragma once

#include "server/dispatch.hpp"
#include "server/tcp_scratch.hpp"

#include <array>
#include <memory>
#include <span>

namespace homing::server {

class tcp_session;

class tcp_batch {
public:
    /// Both outlive this; the scratch buffers are in use while there is something in the batch.
    tcp_batch(dispatch& requests, tcp_scratch& scratch) : requests_{requests}, scratch_{scratch} {}

    /// Takes in a request, which is copied. The session gets its answer by `take_answer`.
    void add(std::shared_ptr<tcp_session>, std::span<std::uint8_t const> message);
    /// Answers all that is there.
    void answer();

private:
    dispatch& requests_;
    tcp_scratch& scratch_;
    std::array<std::shared_ptr<tcp_session>, tcp_scratch::capacity> sessions_;
    std::size_t count_ = 0;
};

} // namespace homing::server
