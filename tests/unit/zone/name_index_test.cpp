#include "zone/name_index.hpp"
#include "zone/pool.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace {

using homing::zone::building_memory;
using homing::zone::pool;

struct leaf {
    std::uint64_t hash;
    int value;
};
using leaf_index = homing::zone::name_index<leaf>;

struct same {
    int value;
    bool operator()(leaf const& l) const { return l.value == value; }
};

std::uint64_t hash_of(leaf const& l)
{
    return l.hash;
}

std::vector<int> values_of(leaf_index const& i)
{
    std::vector<int> out;
    i.for_each([&](leaf const& l) { out.push_back(l.value); });
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace

TEST_CASE("an empty index finds nothing")
{
    leaf_index const i;
    CHECK(i.empty());
    CHECK(i.find(42, same{0}) == nullptr);
}

TEST_CASE("leaves whose hashes are equal in all bits are told apart by the match")
{
    pool p;
    building_memory memory{p};
    leaf leaves[3] = {{7, 0}, {7, 1}, {7, 2}};
    leaf_index i;
    for (leaf const& l : leaves)
        i.insert(memory, l.hash, &l, hash_of);
    for (leaf const& l : leaves)
        CHECK(i.find(7, same{l.value}) == &l);
    CHECK(i.find(7, same{3}) == nullptr);

    leaf const other{7, 9};
    i.replace(memory, 7, &leaves[1], &other);
    CHECK(values_of(i) == std::vector<int>{0, 2, 9});
    i.erase(memory, 7, &leaves[0]);
    i.erase(memory, 7, &other);
    CHECK(i.find(7, same{2}) == &leaves[2]);
    i.erase(memory, 7, &leaves[2]);
    CHECK(i.empty());
    CHECK(p.in_use() == 0);
}

TEST_CASE("an index built at once is the index built leaf by leaf")
{
    pool p;
    building_memory memory{p};
    std::mt19937_64 random{1};
    std::vector<std::unique_ptr<leaf>> leaves;
    std::vector<leaf_index::item> items;
    for (int n = 0; n < 5000; ++n) {
        // One in fifty shares its hash with the one before.
        std::uint64_t const hash = n % 50 == 49 ? leaves.back()->hash : random();
        leaves.push_back(std::make_unique<leaf>(leaf{hash, n}));
        items.push_back({hash, leaves.back().get()});
    }
    std::vector<leaf_index::item> scratch(items.size());
    leaf_index const i = leaf_index::build(memory, items, scratch);
    for (auto const& l : leaves)
        REQUIRE(i.find(l->hash, same{l->value}) == l.get());
    CHECK(values_of(i).size() == leaves.size());
    CHECK(i.find(random(), same{1}) == nullptr);
    i.dismantle([](leaf const&) {}, [&](void const* branch, std::size_t bytes) { p.release(branch, bytes); });
    CHECK(p.in_use() == 0);
}

TEST_CASE("random changes keep an index equal to a map, and every old version as it was")
{
    std::mt19937_64 random{GENERATE(1U, 2U, 3U)};
    // Few distinct hashes at first, so that paths are long and buckets happen.
    std::uint64_t const mask = GENERATE(0x3FU, 0xFFF0000000000FFFU, ~std::uint64_t{0});
    pool p;
    homing::zone::memory_log memory{p};
    std::map<int, std::unique_ptr<leaf>> model;
    std::vector<std::unique_ptr<leaf>> gone;
    leaf_index i;
    std::vector<std::pair<leaf_index, std::vector<int>>> old;
    for (int step = 0; step < 3000; ++step) {
        int const value = static_cast<int>(random() % 300);
        auto const at = model.find(value);
        if (at == model.end()) {
            std::uint64_t const hash = (static_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15U) & mask;
            auto l = std::make_unique<leaf>(leaf{hash, value});
            i.insert(memory, hash, l.get(), hash_of);
            model.emplace(value, std::move(l));
        } else if (random() % 2 != 0) {
            auto l = std::make_unique<leaf>(*at->second);
            i.replace(memory, l->hash, at->second.get(), l.get());
            gone.push_back(std::exchange(at->second, std::move(l)));
        } else {
            i.erase(memory, at->second->hash, at->second.get());
            gone.push_back(std::move(at->second));
            model.erase(at);
        }
        if (step % 500 == 0)
            old.emplace_back(i, values_of(i));
        if (step % 50 == 0) {
            for (auto const& [v, l] : model)
                REQUIRE(i.find(l->hash, same{v}) == l.get());
            REQUIRE(values_of(i).size() == model.size());
        }
    }
    for (auto const& [version, values] : old)
        CHECK(values_of(version) == values);
    memory.rollback(0, 0);
    CHECK(p.in_use() == 0);
}
