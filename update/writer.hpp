// The one door: every change of zones and keys passes here, in order.
//
// A thread of its own takes whatever is waiting as one batch; tries each change on the draft of the one before (prerequisites, policy and
// apply see the same version, a failed one affects no other); commits the batch as one transaction; publishes the version; then
// tells each submitter. So a NOERROR is on disk and visible before anybody hears of it, and a batch costs one sync however large it is.
#pragma once

#include "storage/store.hpp"
#include "update/key_ring.hpp"
#include "update/request.hpp"
#include "zone/versions.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace homing::update {

class writer {
public:
    /// Called once on the writer's thread, after the change is durable and visible or has failed. Must be quick and not throw.
    using completion = std::function<void(outcome const&)>;

    struct limits {
        std::size_t queue = 16384;  ///< requests waiting; more are turned away
        std::size_t batch = 1024;   ///< requests in one transaction
        std::size_t batch_octets = 4U << 20; ///< of zone data in one transaction, roughly
    };

    struct counters { ///< any thread, approximate while running
        std::atomic<std::uint64_t> requests{0}, changes{0}, batches{0}, refused{0}, failed{0}, turned_away{0};
    };

    /// Loads what the store has into `versions` (which must be empty), on the calling thread.
    static dns::result<std::unique_ptr<writer>> open(std::unique_ptr<storage::store>, zone::versions&, limits = {});
    /// As stop().
    ~writer();

    /// Starts the thread. Call once.
    void start();
    /// Finishes what was submitted, then ends the thread. What is submitted later is turned away. Idempotent.
    void stop();

    /// Hands a request over; any thread. False (and `done` is never called) if the queue is full or the writer stops.
    bool submit(request, completion done);
    /// The same, and waits. Not from the writer's thread.
    outcome execute(request);

    /// The newest keys. Any thread; a worker keeps the pointer and looks at keys_version() to see whether it moved.
    std::shared_ptr<key_ring const> keys() const;
    std::uint64_t keys_version() const noexcept;

    counters const& count() const noexcept { return counters_; }

private:
    struct waiting {
        request what;
        completion done;
    };
    struct batch;

    writer(std::unique_ptr<storage::store>, zone::versions&, limits);
    void run();
    void execute_batch(std::vector<waiting>&);

    std::unique_ptr<storage::store> store_;
    zone::versions& versions_;
    limits limits_;
    counters counters_;
    mutable std::mutex mutex_; // guards the next four
    std::condition_variable arrived_;
    std::vector<waiting> queue_;
    bool stopping_ = false;
    std::shared_ptr<key_ring const> keys_;
    std::atomic<std::uint64_t> keys_version_{1};
    std::thread thread_;
};

} // namespace homing::update
