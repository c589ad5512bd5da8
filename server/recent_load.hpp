// How many queries and updates came in each second lately, from counts that are noted about once a second.
//
// Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace homing::server {

class recent_load {
public:
    using clock = std::chrono::steady_clock;
    /// Since the server started.
    struct counts {
        std::uint64_t queries = 0, updates = 0;
    };
    struct rates {
        double queries = 0, updates = 0; ///< in a second
    };

    explicit recent_load(clock::time_point start) { note({}, start); }

    /// Counts never fall, and time does not either.
    void note(counts, clock::time_point);

    /// Over the last `period`, a minute at the most, or since the start if that is later. `now`: what the counts are at this time.
    rates over(std::chrono::seconds period, counts now, clock::time_point at) const;

private:
    struct sample {
        counts count;
        clock::time_point at;
    };
    mutable std::mutex mutex_;
    std::array<sample, 64> samples_{}; // a ring
    std::size_t noted_ = 0;
};

} // namespace homing::server
