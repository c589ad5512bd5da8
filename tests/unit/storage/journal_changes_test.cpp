#include "storage/journal_changes.hpp"
#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

dns::rrset addresses(std::vector<unsigned> const& numbers, std::uint32_t ttl = 300)
{
    dns::rrset set{dns::rr_type::a, ttl};
    for (unsigned const n : numbers)
        set.add(address(n));
    return set;
}

std::vector<zone::rrset_change> through(std::vector<zone::rrset_change> const& changes, dns::name const& apex)
{
    journal_blobs blobs;
    encode_changes(changes, apex, blobs);
    auto back = decode_changes(blobs.removed, blobs.added, apex);
    REQUIRE(back);
    return std::move(*back);
}

} // namespace

TEST_CASE("what left and what came is remembered, not what stayed")
{
    dns::name const apex = name("example.com");
    auto const back = through({{name("a.example.com"), addresses({1, 2, 3}), addresses({4, 3, 1})},
                               {name("b.example.com"), addresses({1}), addresses({})},
                               {apex, addresses({}), addresses({7, 8})},
                               {name("c.example.com"), addresses({1, 2}), addresses({1, 2, 3})}},
                              apex);
    REQUIRE(back.size() == 4);
    auto const of = [&](char const* owner) {
        for (auto const& c : back)
            if (c.owner == name(owner).view())
                return c;
        throw std::runtime_error{owner};
    };
    CHECK(of("a.example.com").before == addresses({2}));
    CHECK(of("a.example.com").after == addresses({4}));
    CHECK(of("b.example.com").before == addresses({1}));
    CHECK(of("b.example.com").after.empty());
    CHECK(of("b.example.com").type() == dns::rr_type::a);
    CHECK(of("example.com").before.empty());
    CHECK(of("example.com").after == addresses({7, 8}));
    CHECK(of("c.example.com").before.empty());
    CHECK(of("c.example.com").after == addresses({3}));
}

TEST_CASE("a new TTL is a change of every record")
{
    auto const back = through({{name("a.example"), addresses({1, 2}, 300), addresses({1, 2}, 60)}}, name("example"));
    REQUIRE(back.size() == 1);
    CHECK(back[0].before == addresses({1, 2}, 300));
    CHECK(back[0].after == addresses({1, 2}, 60));
}

TEST_CASE("the root's zone and the longest names are remembered too")
{
    std::string label(63, 'x');
    dns::name const longest = name(label + "." + label + "." + label + "." + std::string(61, 'y'));
    REQUIRE(longest.size() == 255);
    auto const back =
        through({{longest, addresses({}), addresses({1})}, {dns::name{}, addresses({}), addresses({2})}}, dns::name{});
    REQUIRE(back.size() == 2);
    CHECK(back[0].owner == longest.view());
    CHECK(back[1].owner == dns::name_view{});
}

TEST_CASE("a large RRset is compared quickly")
{
    std::vector<unsigned> many;
    for (unsigned i = 0; i < 3000; ++i)
        many.push_back(i * 7919 % 65536);
    auto const before = addresses(many);
    many.erase(many.begin() + 1500);
    many.push_back(70'000);
    auto const back = through({{name("a.example"), before, addresses(many)}}, name("example"));
    REQUIRE(back.size() == 1);
    CHECK(back[0].before.size() == 1);
    CHECK(back[0].after == addresses({70'000}));
}

TEST_CASE("damaged blobs are found or read as something else, never beyond their end")
{
    dns::name const apex = name("example.com");
    journal_blobs sound;
    encode_changes(std::vector<zone::rrset_change>{{name("a.example.com"), addresses({1, 2}), addresses({2, 3})},
                                                   {apex, soa_set(1), soa_set(2)},
                                                   {name("b.c.example.com"), addresses({}), addresses({1})}},
                   apex, sound);
    std::minstd_rand random{7};
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        // Exactly as large as what is in it, so that a sanitizer sees one octet too much.
        std::vector<std::uint8_t> blob{sound.added.begin(),
                                       sound.added.begin() + static_cast<std::ptrdiff_t>(random() % (sound.added.size() + 1))};
        for (int k = static_cast<int>(random() % 3); k > 0 && !blob.empty(); --k)
            blob[random() % blob.size()] = static_cast<std::uint8_t>(random());
        blob.shrink_to_fit();
        refused += !decode_changes(sound.removed, blob, apex);
    }
    CHECK(refused > 10'000);
}
