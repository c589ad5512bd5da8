#include "storage/journal_walk.hpp"
#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

using numbers = std::vector<std::int64_t>;

numbers numbers_of(std::vector<journal_entry> const& entries)
{
    numbers all;
    for (auto const& e : entries)
        all.push_back(e.number);
    return all;
}

/// All that a walk finds.
numbers walked(journal_walk& walk)
{
    numbers all;
    for (;;) {
        auto const entry = walk.next();
        REQUIRE(entry);
        if (!*entry)
            return all;
        all.push_back((*entry)->number);
    }
}

numbers walked(store& s, journal_filter const& filter = {})
{
    journal_walk walk{s.history()};
    walk.add(filter);
    return walked(walk);
}

std::vector<journal_zone> zones(store& s)
{
    std::vector<journal_zone> all;
    for (;;) {
        auto const more = s.history().zones_after(all.empty() ? 0 : all.back().id);
        REQUIRE(more);
        if (more->empty())
            return all;
        all.insert(all.end(), more->begin(), more->end());
    }
}

/// Entries: 1 adds a.example, 2 adds b.example, 3 to 6 change h0.a, 7 and 8 h0.b, 9 h1.x.a with another key, 10 replaces b whole.
struct two_zones {
    two_zones()
    {
        a = put(*s, small_zone("a.example", 1), 1);
        b = put(*s, small_zone("b.example", 1), 1);
        count_up(*s, a, name("a.example"), 1, 5);
        count_up(*s, b, name("b.example"), 1, 3);
        change_origin const other{"Other.Key.", "192.0.2.9#1", "dns/tcp"};
        auto const diff = step(name("a.example"), 5, 6, {address_change(name("h1.x.a.example"), 1, 2)});
        operation const by_other = zone_changed{a, &diff, &other, 1'700'000'000'000};
        REQUIRE(s->commit({&by_other, 1}));
        auto const fresh = small_zone("b.example", 7, 9);
        operation const whole = zone_put{b, &fresh, 3, 7, &origin(), 1'700'000'000'000};
        REQUIRE(s->commit({&whole, 1}));
    }

    temporary_directory dir;
    std::unique_ptr<store> s = open(dir.data());
    std::int64_t a = 0, b = 0;
};

} // namespace

TEST_CASE("an entry is found by its number")
{
    two_zones const z;
    auto const found = z.s->history().find(4);
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->serial_to == 3);
    CHECK((*found)->zone == name("a.example"));
    CHECK((*found)->sequence == 3);
    CHECK_FALSE(z.s->history().find(11)->has_value());
    CHECK_FALSE(z.s->history().find(0)->has_value());
}

TEST_CASE("a walk goes back through all zones, or those chosen, newest first")
{
    two_zones const z;
    CHECK(walked(*z.s) == numbers{10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
    auto const known = zones(*z.s);
    REQUIRE(known.size() == 2);
    CHECK(known[0].id == z.a);
    CHECK(known[0].name == name("a.example"));
    CHECK(known[0].newest == 9);
    journal_walk walk{z.s->history()};
    walk.add(known[0], {});
    CHECK(walked(walk) == numbers{9, 6, 5, 4, 3, 1});
    journal_walk both{z.s->history()};
    both.add(known[0], {});
    both.add(known[1], {});
    CHECK(walked(both) == numbers{10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
    CHECK(both.has_ended());
}

TEST_CASE("a walk can be told to find what a key did, or what touched a name")
{
    two_zones const z;
    CHECK(walked(*z.s, {.key = "other.key."}) == numbers{9});
    CHECK(walked(*z.s, {.key = "nobody."}).empty());
    // What replaced or added a zone may have touched any name in it.
    CHECK(walked(*z.s, {.name = name("h0.a.example")}) == numbers{6, 5, 4, 3, 1});
    CHECK(walked(*z.s, {.name = name("h0.b.example")}) == numbers{10, 8, 7, 2});
    CHECK(walked(*z.s, {.name = name("x.a.example")}) == numbers{1});
    CHECK(walked(*z.s, {.name = name("x.a.example"), .and_below = true}) == numbers{9, 1});
    CHECK(walked(*z.s, {.name = name("example"), .and_below = true}).size() == 10);
    CHECK(walked(*z.s, {.name = name("example")}).empty());
    CHECK(walked(*z.s, {.name = name("h0.xa.example"), .and_below = true}).empty());
    CHECK(walked(*z.s, {.key = "other.key.", .name = name("h0.a.example")}).empty());
}

TEST_CASE("a walk that nobody waits for ends")
{
    two_zones const z;
    journal_walk walk{z.s->history(), [] { return false; }};
    walk.add({});
    CHECK(walked(walk).empty());
}

TEST_CASE("a walk over many pages misses nothing, and what nobody wants does not hold it up")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    std::int64_t const id = put(*s, small_zone("a.example", 1), 1);
    std::int64_t const other = put(*s, small_zone("b.example", 1), 1);
    dns::name const host = name("h0.a.example");
    std::vector<zone::diff> diffs;
    for (std::uint32_t n = 1; n <= 5000; ++n)
        diffs.push_back(step(name("a.example"), n, n + 1, {address_change(host, n, n + 1)}));
    std::vector<operation> batch;
    for (auto const& d : diffs)
        batch.push_back(zone_changed{id, &d, &origin(), 0});
    REQUIRE(s->commit(batch));
    count_up(*s, other, name("b.example"), 1, 2);
    auto const all = walked(*s);
    CHECK(all.size() == 5003);
    CHECK(std::is_sorted(all.rbegin(), all.rend()));
    CHECK(walked(*s, {.name = name("h0.b.example")}).size() == 2);
    CHECK(walked(*s, {.key = "nobody."}).empty());
    auto const page = s->history().before({}, {}, {.key = "nobody."});
    CHECK(page->entries.empty());
    REQUIRE(page->next);
    CHECK(page->next->number == 5003 - 4095);
    CHECK(walked(*s, {.name = host}).size() == 5001);

    std::size_t read = 0;
    for (std::int64_t next = 1;;) {
        auto const entries = s->history().from(id, next);
        if (entries->empty())
            break;
        CHECK(entries->size() <= 256);
        CHECK(entries->front().sequence == next);
        next = entries->back().sequence + 1;
        read += entries->size();
    }
    CHECK(read == 5001);
}

TEST_CASE("a serial has its place in a zone's journal")
{
    two_zones const z;
    auto const place = [&](std::uint32_t serial) { return *z.s->history().place_of(z.a, serial); };
    CHECK(place(1) == 2);
    CHECK(place(5) == 6);
    CHECK(place(6) == 7); // the newest one: of the entry that is to come
    CHECK_FALSE(place(7).has_value());
    CHECK_FALSE(z.s->history().place_of(4711, 1)->has_value());
    CHECK(numbers_of(*z.s->history().from(z.a, *place(5))) == numbers{9});
}

TEST_CASE("a zone that was removed and added again is two in the journal")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("a.example", 1);
    std::int64_t const first = put(*s, contents, 1);
    operation const gone = zone_removed{first, 1, &origin(), 0};
    REQUIRE(s->commit({&gone, 1}));
    std::int64_t const second = put(*s, contents, 1);
    auto const known = zones(*s);
    REQUIRE(known.size() == 2);
    CHECK(known[0].id == first);
    CHECK(known[0].newest == 2);
    CHECK(known[1].id == second);
    CHECK(known[1].name == name("a.example"));
}
