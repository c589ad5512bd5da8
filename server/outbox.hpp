// Carries the outcomes of updates from the writer's thread back to the worker that received them.
//
// The worker is woken once for a committed batch, when all of it is here: were it woken by the first one, it would on a machine with one
// processor take the writer's place at once, answer that one, and sleep again.
#pragma once

#include "server/update_exchange.hpp"
#include "update/request.hpp"

#include <functional>
#include <mutex>

namespace homing::server {

struct finished_update {
    std::shared_ptr<update_exchange const> exchange;
    update::outcome outcome;
    update::request request; ///< only to be freed by the worker, which made it
    std::vector<std::uint8_t> forwarded = {}; ///< the reply as it came from a primary; else it is made of the outcome
    bool is_repeated = false;                 ///< a datagram that came twice: the first one is answered
};

class outbox {
public:
    /// `wake` makes the worker call `take` soon; it is called from any thread.
    explicit outbox(std::function<void()> wake) : wake_{std::move(wake)} {}

    /// The writer's thread.
    void push(finished_update finished)
    {
        std::lock_guard const lock{mutex_};
        waiting_.push_back(std::move(finished));
        is_unaware_ = true;
    }

    /// The same from another thread, and wakes the worker.
    void push_at_once(finished_update finished)
    {
        {
            std::lock_guard const lock{mutex_};
            waiting_.push_back(std::move(finished));
        }
        wake_();
    }

    /// Wakes the worker if there is anything new for it. The writer's thread.
    void batch_ended()
    {
        if (std::exchange(is_unaware_, false))
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
    bool is_unaware_ = false; // the worker, of what is new; the writer's thread
};

} // namespace homing::server
