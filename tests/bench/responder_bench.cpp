// What a query costs without its packet: look-up and answer of batches of 64, from bytes to bytes.
#include "server/responder.hpp"
#include "zone/versions.hpp"
#include "zone/zone_builder.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

namespace {

using namespace homing;
using dns::rr_type;

dns::name name_of(std::string const& text)
{
    return dns::name::from_text(text).value();
}

std::string host(unsigned i)
{
    std::uint32_t const spread = i * 2654435761U + 12345U;
    return "h" + std::to_string(spread);
}

std::vector<std::uint8_t> packed(std::vector<std::uint8_t> rdata)
{
    rdata.insert(rdata.begin(), {static_cast<std::uint8_t>(rdata.size() >> 8U), static_cast<std::uint8_t>(rdata.size())});
    return rdata;
}

/// A zone of so many hosts with an A record each.
std::unique_ptr<zone::versions> make_zone(unsigned hosts)
{
    auto all = std::make_unique<zone::versions>(0x5eed);
    zone::loader loader{*all};
    dns::name const apex = name_of("bench.test."), ns = name_of("ns1.bench.test.");
    loader.begin_zone(1, apex);
    std::vector<std::uint8_t> const ns_rdata{ns.data(), ns.data() + ns.size()};
    std::vector<std::uint8_t> soa = ns_rdata;
    soa.insert(soa.end(), ns_rdata.begin(), ns_rdata.end());
    soa.resize(soa.size() + 20, 1);
    loader.rrset({}, rr_type::ns, 60, packed(ns_rdata));
    loader.rrset({}, rr_type::soa, 60, packed(soa));
    for (unsigned i = 0; i < hosts; ++i) {
        std::string const label = host(i);
        std::vector<std::uint8_t> relative{static_cast<std::uint8_t>(label.size())};
        relative.insert(relative.end(), label.begin(), label.end());
        auto const b = [i](unsigned shift) { return static_cast<std::uint8_t>(i >> shift); };
        if (i % 50 == 3)
            relative.insert(relative.begin(), {1, '*'});
        loader.rrset(relative, rr_type::a, 60, packed({10, b(16), b(8), b(0)}));
    }
    loader.end_zone();
    loader.publish();
    return all;
}

std::vector<std::uint8_t> query(std::string const& name, rr_type type, bool edns)
{
    std::vector<std::uint8_t> q{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, edns};
    dns::name const n = name_of(name);
    q.insert(q.end(), n.data(), n.data() + n.size());
    q.insert(q.end(), {0, static_cast<std::uint8_t>(type), 0, 1});
    if (edns)
        q.insert(q.end(), {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0});
    return q;
}

/// Answers 64 queries a turn; `make(random number)` gives the queries.
template <class Make>
void answer_batches(benchmark::State& state, Make make)
{
    static std::unique_ptr<zone::versions> kept;
    static unsigned kept_hosts = 0;
    auto const hosts = static_cast<unsigned>(state.range(0));
    if (kept_hosts != hosts) {
        kept.reset();
        kept = make_zone(hosts);
        kept_hosts = hosts;
    }
    std::mt19937 random{1};
    std::vector<std::vector<std::uint8_t>> queries;
    for (int i = 0; i < 100'000; ++i)
        queries.push_back(make(static_cast<unsigned>(random() % hosts), i));
    constexpr std::size_t batch = 64, slot = 4160;
    std::vector<std::uint8_t> buffers(batch * slot);
    std::vector<server::exchange> exchanges(batch);
    server::responder responder{{}};
    update::key_ring const keys;
    zone::versions::reader reader{*kept};
    std::size_t next = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < batch; ++i) {
            auto const& q = queries[next++ % queries.size()];
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

void exact(benchmark::State& s)
{
    answer_batches(s, [](unsigned i, int) { return query(host(i) + ".bench.test.", rr_type::a, false); });
}
void exact_edns(benchmark::State& s)
{
    answer_batches(s, [](unsigned i, int) { return query(host(i) + ".bench.test.", rr_type::a, true); });
}
void nxdomain(benchmark::State& s)
{
    answer_batches(s, [](unsigned i, int n) { return query("nx" + host(i) + ".bench.test.", rr_type::a, n % 2 != 0); });
}
void nodata(benchmark::State& s)
{
    answer_batches(s, [](unsigned i, int n) { return query(host(i) + ".bench.test.", rr_type::ns, n % 2 != 0); });
}

void wildcard(benchmark::State& s)
{
    answer_batches(s, [](unsigned i, int n) {
        return query("x" + std::to_string(n % 1000) + "." + host(i / 50 * 50 + 3) + ".bench.test.", rr_type::a, n % 2 != 0);
    });
}

BENCHMARK(wildcard)->Arg(100)->Arg(1'000'000);
BENCHMARK(exact)->Arg(100)->Arg(1'000'000);
BENCHMARK(exact_edns)->Arg(100)->Arg(1'000'000);
BENCHMARK(nxdomain)->Arg(100)->Arg(1'000'000);
BENCHMARK(nodata)->Arg(100)->Arg(1'000'000);

} // namespace
