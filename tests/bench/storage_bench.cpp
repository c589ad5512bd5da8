// The store on a zone of a million names: import, load, and commits one by one and in batches, with the worst latencies.
//
// Runs in the directory TMPDIR names (else /var/tmp): syncs are what it measures, so that should be on the disk in question.
#include "storage/store.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>

using namespace homing;
using namespace homing::storage;

namespace {

using clock_type = std::chrono::steady_clock;
using octets = std::vector<std::uint8_t>;

constexpr unsigned million = 1'000'000;

double microseconds_since(clock_type::time_point start)
{
    return std::chrono::duration<double, std::micro>(clock_type::now() - start).count();
}

template <class T>
T need(dns::result<T> r)
{
    if (!r)
        throw std::runtime_error{r.error().message};
    if constexpr (!std::is_void_v<T>)
        return std::move(*r);
}

dns::name name(std::string const& text)
{
    return *dns::name::from_text(text);
}

octets address(unsigned n)
{
    return {10, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
}

octets soa(std::uint32_t serial)
{
    octets r = {3, 'n', 's', '1', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 4, 'r', 'o', 'o', 't', 0};
    for (std::uint32_t const field : {serial, 3600U, 600U, 604800U, 300U})
        for (int shift = 24; shift >= 0; shift -= 8)
            r.push_back(static_cast<std::uint8_t>(field >> shift));
    return r;
}

dns::rrset set_of(dns::rr_type type, octets const& rdata)
{
    dns::rrset set{type, 300};
    set.add(rdata);
    return set;
}

zone::contents zone_of(dns::name const& apex, unsigned hosts)
{
    zone::contents c{apex};
    c.add(apex, dns::rr_type::soa, 3600, soa(1));
    c.add(apex, dns::rr_type::ns, 3600, octets{3, 'n', 's', '1', 0});
    for (unsigned i = 0; i < hosts; ++i) {
        dns::name const owner = *dns::name::join(name("h" + std::to_string(i)), apex);
        c.add(owner, dns::rr_type::a, 300, address(i));
        if (i % 3 == 2)
            c.add(owner, dns::rr_type::aaaa, 300, octets(16, static_cast<std::uint8_t>(i)));
    }
    c.finish();
    return c;
}

change_origin const origin{"key.example.com.", "192.0.2.1#53124", "dns/udp"};

/// A store with one zone of a number of names, removed in the end.
class stored_zone {
public:
    explicit stored_zone(unsigned hosts)
    {
        char const* const place = std::getenv("TMPDIR");
        std::string pattern = std::string{place ? place : "/var/tmp"} + "/homing-bench-XXXXXX";
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error{"mkdtemp " + pattern};
        directory_ = pattern;
        open();
        if (hosts > 0)
            put(zone_of(apex_, hosts));
        hosts_ = hosts;
    }
    ~stored_zone()
    {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    stored_zone(stored_zone const&) = delete;
    stored_zone& operator=(stored_zone const&) = delete;

    void open() { store_ = need(open_sqlite_store(directory_ + "/data")); }
    storage::store& store() { return *store_; }
    void put(zone::contents const& contents)
    {
        operation const op = zone_put{id_, &contents, 0, 1, &origin, 0};
        need(store_->commit({&op, 1}));
    }
    /// Commits changes of random hosts, each with a serial of its own.
    void change(unsigned count)
    {
        std::vector<zone::diff> steps(count);
        std::vector<operation> ops;
        for (zone::diff& d : steps) {
            unsigned const host = static_cast<unsigned>(random_()) % hosts_;
            d.serial_from = serial_++;
            d.serial_to = serial_;
            d.changes.push_back({*dns::name::join(name("h" + std::to_string(host)), apex_),
                                 set_of(dns::rr_type::a, address(host)), set_of(dns::rr_type::a, address(serial_))});
            d.changes.push_back(
                {apex_, set_of(dns::rr_type::soa, soa(d.serial_from)), set_of(dns::rr_type::soa, soa(d.serial_to))});
            ops.emplace_back(zone_changed{id_, &d, &origin, 0});
        }
        auto const start = clock_type::now();
        need(store_->commit(ops));
        latencies.push_back(microseconds_since(start));
    }
    double percentile(double p)
    {
        std::ranges::sort(latencies);
        return latencies.empty() ? 0 : latencies[static_cast<std::size_t>(p * static_cast<double>(latencies.size() - 1))];
    }

    std::vector<double> latencies; // of commits, microseconds

private:
    std::string directory_;
    std::unique_ptr<storage::store> store_;
    dns::name apex_ = name("example.com");
    std::int64_t id_ = 1;
    unsigned hosts_ = 0;
    std::uint32_t serial_ = 1;
    std::minstd_rand random_{1};
};

class counting_sink : public zone_sink {
public:
    void begin_zone(std::int64_t, dns::name_view) override {}
    void rrset(std::span<std::uint8_t const> owner, dns::rr_type, std::uint32_t, std::span<std::uint8_t const> packed) override
    {
        octets_ += owner.size() + packed.size();
        ++rrsets;
    }
    void end_zone() override {}
    std::size_t rrsets = 0;

private:
    std::size_t octets_ = 0;
};

void import_a_million_names(benchmark::State& state)
{
    auto const contents = zone_of(name("example.com"), million);
    for (auto _ : state) {
        state.PauseTiming();
        auto z = std::make_unique<stored_zone>(0);
        state.ResumeTiming();
        z->put(contents);
        state.PauseTiming();
        z.reset();
        state.ResumeTiming();
    }
    state.counters["rrsets"] = static_cast<double>(contents.size());
}

void import_the_same_again(benchmark::State& state)
{
    auto const contents = zone_of(name("example.com"), million);
    stored_zone z{million};
    for (auto _ : state)
        z.put(contents);
}

void import_100000_zones(benchmark::State& state)
{
    std::vector<zone::contents> zones;
    for (unsigned i = 0; i < 100'000; ++i)
        zones.push_back(zone_of(name("z" + std::to_string(i) + ".example"), 3));
    for (auto _ : state) {
        stored_zone z{0};
        for (std::size_t i = 0; i < zones.size();) {
            std::vector<operation> ops;
            for (; ops.size() < 1024 && i < zones.size(); ++i)
                ops.emplace_back(zone_put{z.store().next_zone_id(), &zones[i], 0, 1, &origin, 0});
            need(z.store().commit(ops));
        }
    }
}

void load_a_million_names(benchmark::State& state)
{
    stored_zone z{million};
    for (auto _ : state) {
        counting_sink sink;
        need(z.store().load(sink));
        state.counters["rrsets"] = static_cast<double>(sink.rrsets);
    }
}

void change_names(benchmark::State& state)
{
    stored_zone z{static_cast<unsigned>(state.range(0))};
    auto const batch = static_cast<unsigned>(state.range(1));
    for (auto _ : state)
        z.change(batch);
    state.SetItemsProcessed(state.iterations() * batch);
    state.counters["p50_us"] = z.percentile(.5);
    state.counters["p99_us"] = z.percentile(.99);
    state.counters["worst_us"] = z.percentile(1);
}

BENCHMARK(import_a_million_names)->Unit(benchmark::kSecond)->Iterations(1)->UseRealTime();
BENCHMARK(import_the_same_again)->Unit(benchmark::kSecond)->Iterations(1)->UseRealTime();
BENCHMARK(import_100000_zones)->Unit(benchmark::kSecond)->Iterations(1)->UseRealTime();
BENCHMARK(load_a_million_names)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(change_names)
    ->ArgNames({"names", "batch"})
    ->ArgsProduct({{1'000, million}, {1, 256}})
    ->Unit(benchmark::kMicrosecond)
    ->MinTime(3)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

} // namespace
