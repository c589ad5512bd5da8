// Whether the workers have all they can do, and so how long changes should gather before they are committed.
//
// A commit costs the processor some 80 microseconds, however many changes are in it. While workers and writer share processors that
// queries keep busy, gathering changes for some milliseconds leaves most of that to the queries. A server that is not busy commits at once.
#pragma once

#include <atomic>
#include <chrono>
#include <ctime>
#include <vector>

namespace homing::server {

class worker_load {
public:
    using duration = std::chrono::nanoseconds;

    /// How long to gather, by what each worker used of its processor and the time that passed, since a moment ago.
    static duration patience(std::vector<duration> const& used, duration passed) noexcept;

    /// The processor clocks of the workers' threads, which outlive all calls of `patience`. Once; any thread.
    void watch(std::vector<clockid_t>);
    /// Zero before `watch`. One thread: the writer's.
    duration patience();

private:
    std::vector<clockid_t> clocks_;
    std::atomic<bool> is_watching_{false};
    std::vector<duration> used_, since_; // by each worker: until the last call, and between the last two
    duration last_{0};
};

} // namespace homing::server
