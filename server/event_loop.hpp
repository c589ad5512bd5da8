// Asio's descriptors and timers as our event loops use them: with the loop's own executor, which costs less than the type-erased one.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <chrono>

namespace homing::server {

using event_loop = boost::asio::io_context;

/// A descriptor that the loop watches. We only wait with it; reading and writing are system calls of ours.
using watched_descriptor = boost::asio::posix::basic_stream_descriptor<event_loop::executor_type>;

using loop_timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      event_loop::executor_type>;

/// Runs the loop until it has nothing left to do. What a completion throws is over and goes to the log; the loop goes on.
void run_to_the_end(event_loop&);

} // namespace homing::server
