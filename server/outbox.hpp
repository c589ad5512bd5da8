// Carries the outcomes of updates from the writer's thread back to the worker that received them.
//
// The worker is woken once for however many outcomes it has not taken yet, so that a committed batch costs one wake-up.
#pragma once

#include "server/update_exchange.hpp"
#include "update/request.hpp"

#include <functional>
#include <mutex>

namespace homing::server {

struct finished_update {
    std::shared_ptr<update_exchange const> exchange;
    update::outcome outcome;
};

class outbox {
public:
    /// `wake` makes the worker call `take` soon; it is called from any thread.
    explicit outbox(std::function<void()> wake) : wake_{std::move(wake)} {}

    /// Any thread.
    void push(finished_update finished)
    {
        bool was_empty;
        {
            std::lock_guard const lock{mutex_};
            was_empty = waiting_.empty();
            waiting_.push_back(std::move(finished));
        }
        if (was_empty)
            wake_();
    }

    /// All that is there, oldest first. The worker's thread.
    std::vector<finished_update> take()
    {
        std::lock_guard const lock{mutex_};
        return std::exchange(waiting_, {});
    }

private:
    std::function<void()> wake_;
    std::mutex mutex_; // guards waiting_
    std::vector<finished_update> waiting_;
};

} // namespace homing::server
