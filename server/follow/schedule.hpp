// When each followed zone's primaries are asked, and which zone is next: fair between where zones come from, so that a primary that does not answer
// holds up none but its own.
//
// Without sockets; time is a parameter. Zones take turns by source; of one source only so many are asked for at a time, and of one that lately failed
// only few. The follower's thread alone.
#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace homing::server {

struct schedule_limits {
    std::size_t at_once = 96;          ///< zones whose primaries are being asked
    std::size_t of_source = 24;        ///< of them with the same primaries
    std::size_t of_failing_source = 2; ///< the same after a failure, until it answers again
};

class schedule {
public:
    using clock = std::chrono::steady_clock;
    struct source;

    struct task {
        std::string apex;
        source* from = nullptr;
        clock::time_point due{};
        clock::time_point not_before{}; ///< whoever hurries it
        std::string notifier;       ///< who said that it has changed; empty: nobody
        std::uint32_t failures = 0; ///< in a row
        std::int64_t expires_ms = 0, refreshed_ms = 0; ///< newer than what is stored, if not 0
        bool is_waiting = false, is_ready = false, is_running = false;
        bool is_hurried = false; ///< something came while it was running: once more
        bool is_gone = false;    ///< not followed any more, while it was running
    };

    explicit schedule(schedule_limits const& l = {}) : limits_{l} {}

    /// A zone that is followed from now on, or from elsewhere. `from` is the same text for the same primaries.
    task& put(std::string const& apex, std::string const& from, clock::time_point due);
    void remove(std::string const& apex);
    task* find(std::string const& apex);
    std::size_t size() const noexcept { return tasks_.size(); }

    /// As soon as possible, but not before its time for that. `notifier` is asked first.
    void hurry(task&, std::string notifier, clock::time_point now);
    /// Those that are due come to be ready.
    void advance(clock::time_point now);
    /// When the next one is due.
    std::optional<clock::time_point> next_due() const;
    /// The next one to be asked for, which then is running; null if there is none, or too many are.
    task* next();
    /// A running one is through. `is_answered`: its source is not failing. It may be gone then.
    void finished(task&, clock::time_point due, bool is_answered, clock::time_point now);
    std::size_t running() const noexcept { return running_; }

private:
    void wait(task&, clock::time_point due);
    void take_out(task&);
    void make_ready(task&);
    void leave(source&);
    std::size_t limit_of(source const&) const noexcept;

    schedule_limits limits_;
    std::unordered_map<std::string, std::unique_ptr<task>> tasks_;
    std::unordered_map<std::string, std::unique_ptr<source>> sources_;
    std::set<std::pair<clock::time_point, task*>> waiting_;
    std::list<source*> turn_; // sources with tasks that are ready
    std::size_t running_ = 0;
};

struct schedule::source {
    std::string name;
    std::deque<task*> ready;
    std::size_t tasks = 0, running = 0;
    bool is_failing = false, is_in_turn = false;
};

} // namespace homing::server
