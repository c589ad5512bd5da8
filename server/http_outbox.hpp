// Carries the outcomes of HTTP updates from the writer's thread back to the endpoint's.
//
// The endpoint is woken once for a committed batch. Shared by pointer: an outcome may come when the connection is gone.
#pragma once

#include "update/request.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace homing::server {

/// An update between its submission and its outcome; the endpoint's thread alone looks inside.
struct http_pending {
    std::function<void()> wake; ///< whoever waits; null when nobody does any more
    update::outcome outcome;
    update::request request;
    bool is_done = false;
};

class http_outbox {
public:
    struct finished {
        std::shared_ptr<http_pending> pending;
        update::outcome outcome;
        update::request request;
    };

    /// `wake` makes the endpoint call `deliver` soon; it is called from any thread.
    explicit http_outbox(std::function<void()> wake) : wake_{std::move(wake)} {}

    /// The writer's thread.
    void push(finished f)
    {
        std::lock_guard const lock{mutex_};
        waiting_.push_back(std::move(f));
        is_unaware_ = true;
    }
    /// The writer's thread.
    void batch_ended()
    {
        if (std::exchange(is_unaware_, false))
            wake_();
    }

    /// The endpoint's thread.
    void deliver()
    {
        for (auto& f : take()) {
            f.pending->outcome = std::move(f.outcome);
            f.pending->request = std::move(f.request);
            f.pending->is_done = true;
            if (f.pending->wake)
                f.pending->wake();
        }
    }

private:
    std::vector<finished> take()
    {
        std::lock_guard const lock{mutex_};
        return std::exchange(waiting_, {});
    }

    std::function<void()> wake_;
    std::mutex mutex_; // guards waiting_
    std::vector<finished> waiting_;
    bool is_unaware_ = false; // the endpoint, of what is new; the writer's thread
};

} // namespace homing::server
