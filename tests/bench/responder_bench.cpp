// What a query costs without its packet: look-up and answer of batches of 64, from bytes to bytes.
#include "server/responder.hpp"
#include "tests/bench/served_zone.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace homing;
using namespace homing::bench;

constexpr std::size_t batch = 64, slot = 4096 + 192;

/// Answers the queries in batches, again and again.
void answer_all(benchmark::State& state, zone::versions& all, std::vector<octets> const& queries)
{
    std::vector<std::uint8_t> buffers(batch * slot);
    std::vector<server::exchange> exchanges(batch);
    server::responder responder{{}};
    update::key_ring const keys;
    zone::versions::reader reader{all};
    std::size_t next = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < batch; ++i, next = next + 1 < queries.size() ? next + 1 : 0) {
            auto const& q = queries[next];
            std::copy(q.begin(), q.end(), &buffers[i * slot]);
            exchanges[i].buffer = {&buffers[i * slot], 4096};
            exchanges[i].request_size = q.size();
        }
        zone::versions::reading const now{reader};
        responder.answer(*now, keys, exchanges, 0);
        benchmark::DoNotOptimize(exchanges[batch - 1].reply_size);
    }
    state.counters["ns_per_query"] = benchmark::Counter(static_cast<double>(state.iterations()) * batch,
                                                        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <auto Make>
void one_zone(benchmark::State& state)
{
    auto const hosts = static_cast<unsigned>(state.range(0));
    questions ask{hosts};
    std::vector<octets> queries(100'000);
    for (auto& q : queries)
        q = (ask.*Make)();
    answer_all(state, shared_zone(hosts), queries);
}

void many_zones(benchmark::State& state)
{
    auto const zones = static_cast<unsigned>(state.range(0));
    auto const all = make_zones(zones);
    std::mt19937 random{1};
    std::vector<octets> queries(100'000);
    for (auto& q : queries)
        q = query("www.z" + host(static_cast<unsigned>(random() % zones)) + ".test.", rr_type::a, random() % 2 != 0);
    answer_all(state, *all, queries);
}

void over_hosts(benchmark::internal::Benchmark* b)
{
    b->Arg(100)->Arg(1'000'000);
}

BENCHMARK(one_zone<&questions::mixed>)->Name("mixed")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::exact>)->Name("exact")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::exact_edns>)->Name("exact_edns")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::nxdomain>)->Name("nxdomain")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::nodata>)->Name("nodata")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::wildcard>)->Name("wildcard")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::referral>)->Name("referral")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::alias>)->Name("alias")->Apply(over_hosts);
BENCHMARK(one_zone<&questions::mail>)->Name("mail")->Apply(over_hosts);
BENCHMARK(many_zones)->Arg(100'000);

} // namespace
