// The one door: every change of zones and keys passes here, in order.
//
// A thread of its own takes whatever is waiting as one batch; tries each change on the draft of the one before (prerequisites, policy and
// apply see the same version, a failed one affects no other); commits the batch as one transaction; publishes the version; then
// tells each submitter. So a NOERROR is on disk and visible before anybody hears of it, and a batch costs one sync however large it is.
#pragma once

#include "storage/store.hpp"
#include "update/follow_book.hpp"
#include "update/follow_gate.hpp"
#include "update/host_book.hpp"
#include "update/key_ring.hpp"
#include "update/key_uses.hpp"
#include "update/replay_memory.hpp"
#include "update/request.hpp"
#include "zone/versions.hpp"

#include <atomic>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

namespace homing::update {

class batch;

struct writer_limits {
    std::size_t queue = 16384;                             ///< requests waiting; more are turned away
    std::size_t queue_octets = 256U << 20;                 ///< that they take in memory, roughly; one alone may be larger
    std::size_t batch = 1024;                              ///< requests in one transaction
    std::size_t batch_octets = 4U << 20;                   ///< of theirs in one transaction, roughly; one alone may be larger
    std::size_t replays = replay_memory::default_capacity; ///< signed requests remembered
};

class writer {
public:
    /// Called once on the writer's thread, after the change is durable and visible or has failed. Must be quick and not throw. The request
    /// comes back with its outcome, to be freed on the thread that made it: else the two threads meet at the allocator's locks.
    using completion = std::function<void(outcome&&, request&&)>;

    using limits = writer_limits;

    struct counters {                           ///< any thread, approximate while running
        std::atomic<std::uint64_t> requests{0}; ///< taken
        std::atomic<std::uint64_t> changes{0};  ///< requests that changed something
        std::atomic<std::uint64_t> batches{0};  ///< transactions
        std::atomic<std::uint64_t> refused{0};  ///< requests that ended with neither NOERROR nor SERVFAIL
        std::atomic<std::uint64_t> failed{0};   ///< requests that ended with SERVFAIL
        std::atomic<std::uint64_t> turned_away{0};
    };

    /// Loads what the store has into `versions` (which must be empty, and outlive the writer), on the calling thread.
    static dns::result<std::unique_ptr<writer>> open(std::unique_ptr<storage::store>, zone::versions&, limits = {});
    /// As stop().
    ~writer();
    writer(writer const&) = delete;
    writer& operator=(writer const&) = delete;

    /// Starts the thread. Call once.
    void start();
    /// Finishes what was submitted, then ends the thread. What is submitted later is turned away. Idempotent; from one thread at a time.
    void stop();

    /// Hands a request over; any thread. False (and `done` is never called) if the queue is full or the writer stops.
    bool submit(request, completion done);
    template <std::invocable<outcome const&> Done>
    bool submit(request r, Done done)
    {
        return submit(std::move(r), completion{[done = std::move(done)](outcome&& o, request&&) { done(o); }});
    }
    /// As submit, but the writer hears of it with the next `wake`: for somebody who hands over many at a time.
    bool enqueue(request, completion done);
    void wake();
    /// How long requests gather before they are executed, asked when there are any: for a busy machine, where a commit for each would take too
    /// much from others. Before start; without it they are executed at once.
    void gather_for(std::function<std::chrono::nanoseconds()> patience) { patience_ = std::move(patience); }
    /// Calls `f` on the writer's thread when it has told the outcomes of a batch. Before start.
    void after_telling(std::function<void()> f) { after_telling_.push_back(std::move(f)); }
    /// Calls `f` on the writer's thread with the zones that a batch changed, added or removed, when they are published and the outcomes told; with
    /// none where only the secondaries changed. A zone may be among them several times. Before start.
    void after_publishing(std::function<void(std::span<dns::name const>)> f) { after_publishing_.push_back(std::move(f)); }
    /// The same, and waits; SERVFAIL if it was turned away. Not from the writer's thread.
    outcome execute(request);

    /// The newest keys. Any thread; a worker keeps the pointer and looks at keys_version() to see whether it moved.
    std::shared_ptr<key_ring const> keys() const;
    std::uint64_t keys_version() const noexcept { return keys_version_.load(std::memory_order_acquire); }
    /// The servers that follow this one. Any thread; keys_version() moves with them, too.
    std::shared_ptr<secondary_list const> secondaries() const;

    /// Who may use the API, and what is remembered of this server. Any thread.
    std::shared_ptr<storage::access_records const> access() const;

    /// The dynamic hosts. Any thread.
    host_book const& hosts() const noexcept { return hosts_; }

    /// The zones that are followed. Any thread.
    follow_book& followed() noexcept { return followed_; }
    /// To whoever follows them. Any thread.
    update::follow_gate& follow_gate() noexcept { return follow_gate_; }

    /// The journal of all changes. Any thread.
    storage::journal_source& history() noexcept { return store_->history(); }

    /// When keys were last used. It is stored with other changes, and on its own every few minutes and at the end: a crash may lose the last
    /// minutes. Any thread.
    key_uses& uses() noexcept { return uses_; }
    /// The last use of a key of the ring; its time is 0 if there was none. Any thread.
    storage::key_use last_use(granted_key const&);

    counters const& count() const noexcept { return counters_; }
    /// Requests submitted and not told of yet. Any thread.
    std::size_t unfinished() const;

private:
    struct waiting {
        request what;
        completion done;
        std::size_t octets = 0;
    };

    writer(std::unique_ptr<storage::store>, zone::versions&, limits, key_ring, std::vector<storage::host_record>,
           std::vector<storage::secondary_record>, storage::access_records, std::vector<storage::follow_record>);

    void run();
    std::optional<std::vector<waiting>> take();
    void gather(std::unique_lock<std::mutex>&);
    std::size_t batch_size(std::span<waiting const>) const;
    void execute_batch(std::span<waiting>);
    dns::result<void> try_together(std::span<waiting>, std::vector<outcome>&);
    void execute_alone(std::span<waiting>, std::size_t attempts, dns::failure);
    batch begin();
    dns::result<void> commit(batch&);
    void release(std::span<waiting const>);
    void tell(waiting&, outcome&&);
    void look_at_uses(std::int64_t time_ms);
    void save_uses(std::size_t most);
    std::vector<noted_use> due_uses(std::int64_t time_ms);

    std::unique_ptr<storage::store> store_;
    zone::versions& versions_;
    limits const limits_;
    counters counters_;
    std::vector<std::function<void()>> after_telling_;
    std::vector<std::function<void(std::span<dns::name const>)>> after_publishing_;
    std::vector<dns::name> published_; // by the batch at hand; the writer's thread alone, like the next
    bool has_published_ = false;
    std::function<std::chrono::nanoseconds()> patience_;
    std::atomic<bool> is_gathering_{false};
    mutable std::mutex mutex_; // guards the next eight
    std::condition_variable arrived_;
    std::vector<waiting> queue_;
    std::size_t unfinished_ = 0, unfinished_octets_ = 0; // requests in queue_, and taken from it but not told yet
    bool stopping_ = false;
    std::shared_ptr<key_ring const> keys_;
    std::shared_ptr<secondary_list const> secondaries_;
    std::shared_ptr<storage::access_records const> access_;
    host_book hosts_;
    follow_book followed_;
    update::follow_gate follow_gate_;
    replay_memory replays_; // the writer's thread alone
    key_uses uses_;
    std::int64_t next_look_at_uses_ms_ = 0; // the writer's thread alone, like the next
    bool has_unsaved_uses_ = false;
    std::atomic<std::uint64_t> keys_version_{1};
    std::thread thread_;
};

} // namespace homing::update
