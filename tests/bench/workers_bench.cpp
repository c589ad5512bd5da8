// Whether workers get in each other's way: one and two of them answer from the same versions of the zones, with and without a writer that
// publishes five hundred changes a second.
//
// ns_per_query is time of the processor, so it says the same on a machine that has other things to do: if two workers shared anything that a
// query writes, it would be larger for two.
#include "server/absent_store.hpp"
#include "server/dispatch.hpp"
#include "tests/bench/served_zone.hpp"

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <ctime>

namespace {

using namespace homing;
using namespace homing::bench;

constexpr std::size_t batch = 32, slot = 4096 + 192;
constexpr unsigned hosts = 200'000;

/// Changes the address of one host after the other, until destroyed.
class publisher {
public:
    explicit publisher(zone::versions& all) : all_{all}, thread_{[this] { run(); }} {}
    ~publisher()
    {
        {
            std::lock_guard const lock{mutex_};
            is_over_ = true;
        }
        over_.notify_one();
        thread_.join();
    }

private:
    void run()
    {
        std::unique_lock lock{mutex_};
        for (unsigned i = 4; !over_.wait_for(lock, std::chrono::milliseconds{2}, [this] { return is_over_; });
             i = (i + 50) % hosts)
            change(i);
    }

    void change(unsigned i)
    {
        dns::rrset moved{rr_type::a, 60};
        octets const rdata = address(i + ++turn_);
        moved.add(rdata);
        auto next = all_.begin();
        auto edit = next.edit(name_of(apex));
        edit.set(name_of(host(i) + "." + apex), moved);
        edit.apply();
        all_.publish(std::move(next));
    }

    zone::versions& all_;
    unsigned turn_ = 0;
    std::mutex mutex_; // guards is_over_
    std::condition_variable over_;
    bool is_over_ = false;
    std::thread thread_;
};

/// What the workers of one run share.
struct shared {
    zone::versions& zones = shared_zone(hosts);
    zone::versions of_writer{1};
    std::unique_ptr<update::writer> writer =
        std::move(*update::writer::open(std::make_unique<server::absent_store>("none"), of_writer));
};
std::unique_ptr<shared> common;
std::unique_ptr<publisher> changes;

void set_up(benchmark::State const&)
{
    common = std::make_unique<shared>();
}
void set_up_with_changes(benchmark::State const& state)
{
    set_up(state);
    changes = std::make_unique<publisher>(common->zones);
}
void tear_down(benchmark::State const&)
{
    changes.reset();
    common.reset();
}

double seconds_on_processor()
{
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

void workers(benchmark::State& state)
{
    std::vector<std::uint8_t> buffers(batch * slot);
    std::vector<server::exchange> exchanges(batch);
    auto const count = std::make_unique<server::counters>();
    server::outbox finished{[] {}};
    server::dispatch requests{common->zones, *common->writer, finished, *count};
    questions ask{hosts};
    std::vector<octets> queries(100'000);
    for (auto& q : queries)
        q = ask.mixed();
    std::size_t next = static_cast<std::size_t>(state.thread_index()) * queries.size() / 2;
    double const began = seconds_on_processor();
    std::size_t answered = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < batch; ++i, next = next + 1 < queries.size() ? next + 1 : 0) {
            std::copy(queries[next].begin(), queries[next].end(), &buffers[i * slot]);
            exchanges[i] = {.buffer = {&buffers[i * slot], 4096}, .request_size = queries[next].size()};
        }
        requests.answer(exchanges);
        answered += batch;
    }
    state.counters["ns_per_query"] = benchmark::Counter((seconds_on_processor() - began) * 1e9 / static_cast<double>(answered),
                                                        benchmark::Counter::kAvgThreads);
}

BENCHMARK(workers)->Name("workers")->Threads(1)->Threads(2)->Setup(set_up)->Teardown(tear_down);
BENCHMARK(workers)
    ->Name("workers_while_changes_are_published")
    ->Threads(1)
    ->Threads(2)
    ->Setup(set_up_with_changes)
    ->Teardown(tear_down);

} // namespace
