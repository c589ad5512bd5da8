// Threads that read the journal for incremental transfers: the disk is nothing that a worker may wait for.
//
// A few threads, a bounded queue and a bound for all that was read and has not been sent yet. Whoever finds no room sends the whole zone, which needs
// neither. Any thread may ask; `stop` from one thread, once.
#pragma once

#include "storage/journal_source.hpp"
#include "zone/difference_transfer.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace homing::server {

class journal_crew {
public:
    static constexpr std::size_t most_waiting = 1024;
    static constexpr std::size_t most_held = std::size_t{256} << 20; ///< octets of differences that were not sent yet

    explicit journal_crew(storage::journal_source& journal, unsigned threads = 2);
    ~journal_crew(); ///< As stop().

    struct task {
        dns::name apex;
        std::int64_t zone;
        std::uint32_t from, to;
        std::size_t most_octets;                               ///< of the difference; a larger one is none
        std::size_t most_steps = static_cast<std::size_t>(-1); ///< of the journal; more are not read
    };
    /// Null: the whole zone must be sent.
    using answer = std::shared_ptr<zone::outgoing_difference>;
    /// `done` is called once, on a thread of the crew, unless the crew is stopped before; it must not throw. False: there is no room, and it will not be.
    bool ask(task, std::function<void(answer)> done);

    /// Ends the threads. What waits is not done any more.
    void stop();

private:
    struct waiting {
        task what;
        std::function<void(answer)> done;
    };

    void run();
    answer read(task const&);

    storage::journal_source& journal_;
    std::shared_ptr<std::atomic<std::size_t>> held_ = std::make_shared<std::atomic<std::size_t>>(0);
    std::atomic<bool> is_stopping_{false};
    std::mutex mutex_; // guards queue_
    std::condition_variable arrived_;
    std::deque<waiting> queue_;
    std::vector<std::thread> threads_;
};

} // namespace homing::server
