// The index of names, a trie over their hash, beside an ordered one: a million names of one zone, looked up in random order, one after the other
// and 32 at a time with their cache misses side by side.
//
// The ordered one is a qp-trie as servers with ordered indexes have it (Finch 2015; BIND 9.20): a branch tells names apart by one character
// of the key, which is the name's labels from the root on; it has a bitmap and the children that exist, 16 octets each. Both are built at once, in
// the order of their entries, which is the best that memory can look like, and both end at the same leaves.
#include "tests/bench/served_zone.hpp"
#include "zone/name_hash.hpp"
#include "zone/name_index.hpp"
#include "zone/side_by_side.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <deque>

namespace {

using namespace homing;
using namespace homing::bench;

constexpr unsigned hosts = 1'000'000;
constexpr std::size_t side_by_side = 32;
constexpr std::uint64_t seed = 0x5eed;

/// A name as a leaf of either index: its wire form, and room for what a node holds.
struct leaf {
    std::uint8_t size;
    std::array<std::uint8_t, 79> octets;

    bool is(dns::name_view n) const noexcept { return n.size() == size && std::memcmp(n.data(), octets.data(), size) == 0; }
};

/// Hands out memory and takes nothing back.
class arena {
public:
    void* make(std::size_t octets)
    {
        octets = (octets + 7) / 8 * 8;
        if (chunks_.empty() || used_ + octets > chunk_octets)
            chunks_.push_back(std::make_unique<std::uint64_t[]>(chunk_octets / 8)), used_ = 0;
        void* const out = reinterpret_cast<std::uint8_t*>(chunks_.back().get()) + used_;
        used_ += octets;
        total_ += octets;
        return out;
    }
    void retire(void const*, std::size_t) noexcept {}
    std::size_t total() const noexcept { return total_; }

private:
    static constexpr std::size_t chunk_octets = std::size_t{1} << 26U;
    std::vector<std::unique_ptr<std::uint64_t[]>> chunks_;
    std::size_t used_ = 0, total_ = 0;
};

/// The characters of a name in canonical order (RFC 4034 6.1), each as the number of its bit, a 0 after each label. Names of
/// letters, digits and hyphens only, which is all that is asked here.
struct key {
    std::array<std::uint8_t, dns::max_name_size + 1> bits;
    std::size_t size = 0;

    void assign(zone::query_name const& n) noexcept
    {
        size = 0;
        for (std::size_t label = 1; label <= n.labels(); ++label) {
            std::uint8_t const* at = n.view().data() + n.offset_of(label);
            for (std::uint8_t left = *at++; left != 0; --left)
                bits[size++] = bit_of(*at++);
            bits[size++] = 0;
        }
    }
    std::uint8_t at(std::size_t i) const noexcept { return i < size ? bits[i] : 0; }

private:
    static std::uint8_t bit_of(std::uint8_t c) noexcept
    {
        int const bit = c >= 'a' ? c - 'a' + 12 : c >= '0' ? c - '0' + 2 : 1;
        return static_cast<std::uint8_t>(bit);
    }
};

class ordered_index {
    struct
        node { // a leaf: `word` is 0 and `to` the leaf; a branch: bits 0..47 are the children that exist, 48.. where in the key
        std::uint64_t word;
        void const* to;
    };

public:
    struct item {
        key const* k;
        leaf const* l;
    };
    /// Precondition: sorted by key, each key once.
    ordered_index(arena& memory, std::span<item const> items) { fill(memory, root_, items, 0); }

    /// The steps of a look-up, as those of name_index::probe.
    class probe {
    public:
        probe() = default;
        probe(ordered_index const& index, key const& k) noexcept : at_{&index.root_}, key_{&k} {}
        bool is_done() const noexcept { return at_ == nullptr || at_->word == 0; }
        void prefetch() const noexcept
        {
            if (std::uint64_t const bit = wanted(); (at_->word & bit) != 0)
                __builtin_prefetch(child(bit));
        }
        void step() noexcept
        {
            std::uint64_t const bit = wanted();
            at_ = (at_->word & bit) != 0 ? child(bit) : nullptr;
            if (at_ != nullptr && at_->word == 0) {
                __builtin_prefetch(at_->to);
                __builtin_prefetch(static_cast<char const*>(at_->to) + 63);
            }
        }
        leaf const* candidate() const noexcept { return at_ != nullptr ? static_cast<leaf const*>(at_->to) : nullptr; }

    private:
        std::uint64_t wanted() const noexcept { return std::uint64_t{1} << key_->at(at_->word >> 48U); }
        node const* child(std::uint64_t bit) const noexcept
        {
            return static_cast<node const*>(at_->to) + std::popcount(at_->word & (bit - 1));
        }
        node const* at_ = nullptr;
        key const* key_ = nullptr;
    };

private:
    static void fill(arena& memory, node& at, std::span<item const> items, std::size_t from)
    {
        if (items.size() == 1) {
            at = {0, items[0].l};
            return;
        }
        while (items.front().k->at(from) == items.back().k->at(from))
            ++from;
        std::uint64_t present = 0;
        for (item const& i : items)
            present |= std::uint64_t{1} << i.k->at(from);
        auto* const children = static_cast<node*>(memory.make(sizeof(node) * static_cast<std::size_t>(std::popcount(present))));
        at = {present | std::uint64_t{from} << 48U, children};
        for (std::size_t i = 0, child = 0; i < items.size(); ++child) {
            std::uint8_t const bit = items[i].k->at(from);
            std::size_t const begin = i;
            while (i < items.size() && items[i].k->at(from) == bit)
                ++i;
            fill(memory, children[child], items.subspan(begin, i - begin), from + 1);
        }
    }
    node root_{};
};

/// The names, both indexes of them, and what is asked: every name once, in an order that memory knows nothing of.
struct world {
    std::deque<leaf> leaves;
    arena hashed_memory, ordered_memory;
    zone::name_index<leaf> hashed;
    std::unique_ptr<ordered_index> ordered;
    std::vector<leaf> asked; // copies, one after the other as datagrams of a batch are

    world()
    {
        for (unsigned i = 0; i < hosts; ++i)
            add(host(i));
        build_hashed();
        build_ordered();
        asked.assign(leaves.begin(), leaves.end());
        std::shuffle(asked.begin(), asked.end(), std::mt19937{7});
    }

private:
    void add(std::string const& label)
    {
        octets const name = wire(label + "." + apex);
        leaf& l = leaves.emplace_back();
        l.size = static_cast<std::uint8_t>(name.size());
        std::copy(name.begin(), name.end(), l.octets.begin());
    }
    void build_hashed()
    {
        std::vector<zone::name_index<leaf>::item> items, scratch(leaves.size());
        for (leaf const& l : leaves)
            items.push_back({zone::hash_name(seed, {l.octets.data(), l.size}), &l});
        hashed = zone::name_index<leaf>::build(hashed_memory, items, scratch);
    }
    void build_ordered()
    {
        std::vector<key> keys(leaves.size());
        std::vector<ordered_index::item> items;
        zone::query_name name;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            name.assign(seed, {leaves[i].octets.data(), leaves[i].size});
            keys[i].assign(name);
            items.push_back({&keys[i], &leaves[i]});
        }
        std::sort(items.begin(), items.end(), [](auto const& a, auto const& b) {
            return std::lexicographical_compare(a.k->bits.begin(), a.k->bits.begin() + a.k->size, b.k->bits.begin(),
                                                b.k->bits.begin() + b.k->size);
        });
        ordered = std::make_unique<ordered_index>(ordered_memory, items);
    }
};

world const& names()
{
    static world const all;
    return all;
}

/// Looks `count` names up side by side, beginning with asked[from]; how many are there.
std::size_t find_hashed(world const& w, std::size_t from, std::size_t count)
{
    static std::array<zone::query_name, side_by_side> queries;
    std::array<zone::name_index<leaf>::probe, side_by_side> probes;
    for (std::size_t i = 0; i < count; ++i) {
        queries[i].read(seed, w.asked[from + i].octets);
        probes[i] = {w.hashed, queries[i].hash(queries[i].labels())};
    }
    zone::run_side_by_side(std::span{probes}.first(count));
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i)
        found += probes[i].finish([&](leaf const& l) { return l.is(queries[i].view()); }) != nullptr;
    return found;
}

std::size_t find_ordered(world const& w, std::size_t from, std::size_t count)
{
    static std::array<zone::query_name, side_by_side> queries;
    static std::array<key, side_by_side> keys;
    std::array<ordered_index::probe, side_by_side> probes;
    for (std::size_t i = 0; i < count; ++i) {
        queries[i].read(seed, w.asked[from + i].octets);
        keys[i].assign(queries[i]);
        probes[i] = {*w.ordered, keys[i]};
    }
    zone::run_side_by_side(std::span{probes}.first(count));
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i)
        found += probes[i].candidate() != nullptr && probes[i].candidate()->is(queries[i].view());
    return found;
}

template <class Find>
void run(benchmark::State& state, Find find, std::size_t octets)
{
    world const& w = names();
    auto const count = static_cast<std::size_t>(state.range(0));
    std::size_t from = 0, found = 0, sought = 0;
    for (auto _ : state) {
        found += find(w, from, count);
        sought += count;
        from = from + 2 * count <= w.asked.size() ? from + count : 0;
    }
    if (found != sought)
        state.SkipWithError("a name was not found");
    state.counters["ns_per_name"] =
        benchmark::Counter(static_cast<double>(sought) / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["octets_per_name"] = static_cast<double>(octets) / hosts;
}

void hashed(benchmark::State& state)
{
    run(state, find_hashed, names().hashed_memory.total());
}
void ordered(benchmark::State& state)
{
    run(state, find_ordered, names().ordered_memory.total());
}

BENCHMARK(hashed)->Arg(1)->Arg(side_by_side);
BENCHMARK(ordered)->Arg(1)->Arg(side_by_side);

} // namespace
