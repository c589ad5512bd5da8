#include "update/writer.hpp"

#include "update/batch.hpp"
#include "update/secondary_zone.hpp"
#include "zone/zone_builder.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace homing::update {

namespace {

// After this many commits in a row that failed for single changes, it is the store that fails, not the change.
constexpr std::size_t attempts_before_giving_up = 3;
// What they need must still be in the caches when it is the last one's turn.
constexpr std::size_t looked_up_at_once = 32;

// Then it looks whether keys were used that nothing else has stored.
constexpr std::chrono::minutes idle_time{5};
constexpr std::chrono::milliseconds between_saves_of_uses{200};
constexpr std::size_t uses_at_once = 256;

std::int64_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

class loading final : public storage::zone_sink {
public:
    explicit loading(zone::versions& versions) : loader_{versions} {}

    void begin_zone(std::int64_t id, dns::name_view apex) override
    {
        apex_ = apex;
        loader_.begin_zone(id, apex);
    }
    void rrset(std::span<std::uint8_t const> relative_owner, dns::rr_type type, std::uint32_t ttl,
               std::span<std::uint8_t const> packed) override
    {
        loader_.rrset(relative_owner, type, ttl, packed);
    }
    void end_zone() override
    {
        if (!loader_.end_zone())
            throw std::runtime_error{"The store is damaged: the zone " + apex_.to_string() + " has no SOA."};
    }
    void publish() { loader_.publish(); }

private:
    zone::loader loader_;
    dns::name apex_;
};

dns::result<key_ring> load_all(storage::store& store, zone::versions& versions)
{
    try {
        loading sink{versions};
        if (auto loaded = store.load(sink); !loaded)
            return loaded.error();
        auto keys = store.load_keys();
        if (!keys)
            return keys.error();
        sink.publish();
        return key_ring{*keys};
    } catch (std::exception const& e) {
        return dns::failure{e.what()};
    }
}

/// What execute() waits for.
class pending_answer {
public:
    void set(outcome const& o)
    {
        std::lock_guard const lock{mutex_};
        answer_ = o;
        arrived_.notify_one();
    }
    outcome wait()
    {
        std::unique_lock lock{mutex_};
        arrived_.wait(lock, [this] { return answer_.has_value(); });
        return std::move(*answer_);
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::optional<outcome> answer_;
};

outcome failed(dns::failure const& why)
{
    return decline(dns::rcode::servfail, why.message);
}

} // namespace

dns::result<std::unique_ptr<writer>> writer::open(std::unique_ptr<storage::store> store, zone::versions& versions, limits l)
{
    auto keys = load_all(*store, versions);
    if (!keys)
        return keys.error();
    auto const seen = store->load_seen();
    if (!seen)
        return seen.error();
    auto hosts = store->load_hosts();
    if (!hosts)
        return hosts.error();
    auto secondaries = store->load_secondaries();
    if (!secondaries)
        return secondaries.error();
    auto access = store->load_access();
    if (!access)
        return access.error();
    auto followed = store->load_followed();
    if (!followed)
        return followed.error();
    std::unique_ptr<writer> out{
        new writer{std::move(store), versions, l, std::move(*keys), std::move(*hosts), std::move(*secondaries),
                   std::move(*access), std::move(*followed)}};
    mark_followed(versions, out->followed_, now_ms());
    mark_catalog(versions, *out->secondaries_);
    out->replays_.restore(*seen);
    return out;
}

writer::writer(std::unique_ptr<storage::store> store, zone::versions& versions, limits l, key_ring keys,
               std::vector<storage::host_record> hosts, std::vector<storage::secondary_record> secondaries,
               storage::access_records access, std::vector<storage::follow_record> followed)
    : store_{std::move(store)},
      versions_{versions},
      limits_{l},
      keys_{std::make_shared<key_ring const>(std::move(keys))},
      secondaries_{std::make_shared<secondary_list const>(std::move(secondaries))},
      access_{std::make_shared<storage::access_records const>(std::move(access))},
      hosts_{std::move(hosts)},
      followed_{std::move(followed)},
      replays_{l.replays}
{
}

writer::~writer()
{
    stop();
}

void writer::start()
{
    thread_ = std::thread{[this] { run(); }};
}

void writer::stop()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
    }
    arrived_.notify_one();
    if (thread_.joinable())
        thread_.join();
    else
        run(); // never started, or stopped before: whatever waits is still owed an answer
}

bool writer::submit(request r, completion done)
{
    bool const taken = enqueue(std::move(r), std::move(done));
    if (taken)
        wake();
    return taken;
}

bool writer::enqueue(request r, completion done)
{
    std::size_t const octets = weight(r);
    std::lock_guard const lock{mutex_};
    bool const is_full = unfinished_ >= limits_.queue || (unfinished_ > 0 && unfinished_octets_ + octets > limits_.queue_octets);
    if (stopping_ || is_full) {
        ++counters_.turned_away;
        return false;
    }
    queue_.push_back({std::move(r), std::move(done), octets});
    ++unfinished_;
    unfinished_octets_ += octets;
    return true;
}

void writer::wake()
{
    if (!is_gathering_.load(std::memory_order_relaxed)) // then it sees them when its time is over
        arrived_.notify_one();                          // costs nothing while the writer does not wait
}

std::size_t writer::unfinished() const
{
    std::lock_guard const lock{mutex_};
    return unfinished_;
}

outcome writer::execute(request r)
{
    auto answer = std::make_shared<pending_answer>();
    if (!submit(std::move(r), [answer](outcome const& o) { answer->set(o); }))
        return decline(dns::rcode::servfail, "The server is stopping, or too many changes wait. Try again later.");
    return answer->wait();
}

std::shared_ptr<key_ring const> writer::keys() const
{
    std::lock_guard const lock{mutex_};
    return keys_;
}

std::shared_ptr<secondary_list const> writer::secondaries() const
{
    std::lock_guard const lock{mutex_};
    return secondaries_;
}

std::shared_ptr<storage::access_records const> writer::access() const
{
    std::lock_guard const lock{mutex_};
    return access_;
}

void writer::run()
{
    while (auto taken = take()) {
        if (taken->empty()) {
            look_at_uses(now_ms());
            save_uses(uses_at_once);
        }
        for (std::span<waiting> rest{*taken}; !rest.empty();) {
            auto const next = rest.first(batch_size(rest));
            execute_batch(next);
            rest = rest.subspan(next.size());
        }
    }
    has_unsaved_uses_ = uses_.collect();
    save_uses(static_cast<std::size_t>(-1));
}

/// Everything that waits, as soon as anything does, or nothing after a while; no value once it is over.
std::optional<std::vector<writer::waiting>> writer::take()
{
    std::unique_lock lock{mutex_};
    auto const patience = has_unsaved_uses_ ? std::chrono::milliseconds{between_saves_of_uses} : idle_time;
    arrived_.wait_for(lock, patience, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_ && queue_.empty())
        return std::nullopt;
    if (patience_ && !queue_.empty())
        gather(lock);
    return std::exchange(queue_, {});
}

void writer::gather(std::unique_lock<std::mutex>& lock)
{
    auto const patience = patience_();
    if (patience <= patience.zero())
        return;
    is_gathering_ = true;
    arrived_.wait_for(lock, patience, [this] { return stopping_; });
    is_gathering_ = false;
}

std::size_t writer::batch_size(std::span<waiting const> requests) const
{
    std::size_t octets = 0, n = 0;
    for (; n < std::min(requests.size(), limits_.batch); ++n) {
        octets += requests[n].octets;
        if (n > 0 && octets > limits_.batch_octets)
            break;
    }
    return n;
}

void writer::execute_batch(std::span<waiting> requests)
{
    std::vector<outcome> outcomes;
    outcomes.reserve(requests.size());
    auto const stored = try_together(requests, outcomes);
    release(requests);
    if (!stored) {
        execute_alone(requests, requests.size() > 1 ? attempts_before_giving_up : 0, stored.error());
    } else {
        for (std::size_t i = 0; i < requests.size(); ++i)
            tell(requests[i], std::move(outcomes[i]));
    }
    for (auto const& f : after_telling_)
        f();
    if (std::exchange(has_published_, false))
        for (auto const& f : after_publishing_)
            f(published_);
    published_.clear();
}

dns::result<void> writer::try_together(std::span<waiting> requests, std::vector<outcome>& outcomes)
{
    batch together = begin();
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (i % looked_up_at_once == 0)
            together.look_ahead_of(requests.subspan(i, std::min(looked_up_at_once, requests.size() - i)));
        outcomes.push_back(together.execute(requests[i].what));
    }
    return commit(together);
}

// The transaction failed with all that was in it. One change that the store cannot take must not hurt the others, and what was found to be
// without effect, or against a prerequisite, may have been so only because of a change that now never happened. So each is
// tried again on what is really there; when the store takes none at all, the rest of what it would have to take fails without being tried.
void writer::execute_alone(std::span<waiting> requests, std::size_t attempts, dns::failure why)
{
    std::size_t left = attempts;
    for (waiting& w : requests) {
        batch alone = begin();
        outcome o = alone.execute(w.what);
        bool const stores = alone.must_be_stored();
        if (stores && left == 0) {
            o = failed(why);
        } else if (auto const stored = commit(alone); !stored) {
            why = stored.error();
            o = failed(why);
            --left;
        } else if (stores) {
            left = attempts;
        }
        tell(w, std::move(o));
    }
}

batch writer::begin()
{
    // Only this thread changes keys_, so it may read it without the lock.
    return batch{*store_, versions_, replays_, keys_, hosts_, followed_, now_ms(), secondaries_, access_};
}

/// Persists and publishes, if there is anything to.
dns::result<void> writer::commit(batch& b)
{
    bool const writes = b.must_be_stored();
    auto const uses = writes ? due_uses(now_ms()) : std::vector<noted_use>{};
    for (auto const& u : uses)
        b.add(to_operation(u));
    if (auto stored = b.commit(); !stored) {
        uses_.put_back(uses);
        return stored;
    }
    for (auto const& removed : b.removed_keys())
        uses_.forget(removed);
    counters_.batches += writes;
    b.hosts().apply_to(hosts_);
    if (b.access() != access_) {
        std::lock_guard const lock{mutex_};
        access_ = b.access();
    }
    bool const has_new_secondaries = b.secondaries() != secondaries_;
    published_.insert(published_.end(), b.changed_zones().begin(), b.changed_zones().end());
    has_published_ |= has_new_secondaries || !published_.empty();
    b.follows().apply_to(followed_);
    if (b.keys() != keys_ || has_new_secondaries) {
        std::lock_guard const lock{mutex_};
        keys_ = b.keys();
        secondaries_ = b.secondaries();
        keys_version_.fetch_add(1, std::memory_order_release);
    }
    return {};
}

/// Their places in the queue are free before anybody hears of an outcome.
void writer::release(std::span<waiting const> requests)
{
    std::size_t octets = 0;
    for (waiting const& w : requests)
        octets += w.octets;
    std::lock_guard const lock{mutex_};
    unfinished_ -= requests.size();
    unfinished_octets_ -= octets;
}

void writer::tell(waiting& w, outcome&& o)
{
    ++counters_.requests;
    counters_.changes += o.changed;
    if (o.rcode == dns::rcode::servfail)
        ++counters_.failed;
    else if (!o.ok())
        ++counters_.refused;
    std::exchange(w.done, nullptr)(std::move(o), std::move(w.what));
}

} // namespace homing::update
