#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <limits>
#include <thread>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();

std::vector<journal_entry> since(store& s, std::int64_t zone, std::uint32_t serial, std::size_t limit = 100'000)
{
    auto entries = s.journal_since(zone, serial, limit);
    REQUIRE(entries);
    return std::move(*entries);
}

std::size_t kept(store& s, std::int64_t zone)
{
    return s.journal_newest(zone, end, 1'000'000)->size();
}

} // namespace

TEST_CASE("the journal says what changed, when, by whom and from where")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 1);
    dns::name const host = name("h0.example.com");
    std::int64_t id = 0;
    {
        auto s = open(dir.data());
        id = put(*s, contents, 1);
        REQUIRE(change(*s, id, step(contents.origin(), 1, 2, {address_change(host, 0, 9)}), 1'234'567));
    }
    auto s = open(dir.data());
    auto const entries = since(*s, id, 1);
    REQUIRE(entries.size() == 1);
    journal_entry const& e = entries.front();
    CHECK(e.zone_id == id);
    CHECK(e.zone.to_string() == "example.com.");
    CHECK(e.kind == journal_kind::changed);
    CHECK(e.is_incremental());
    CHECK(e.serial_from == 1);
    CHECK(e.serial_to == 2);
    CHECK(e.time_ms == 1'234'567);
    CHECK(e.origin.key == "key.example.");
    CHECK(e.origin.address == "192.0.2.1#53124");
    CHECK(e.origin.via == "dns/udp");
    REQUIRE(e.changes.size() == 2);
    CHECK(e.changes[0].owner == host.view());
    CHECK(e.changes[0].before == set_of(dns::rr_type::a, 300, {address(0)}));
    CHECK(e.changes[0].after == set_of(dns::rr_type::a, 300, {address(9)}));
    CHECK(e.changes[1].before == soa_set(1));
    CHECK(e.changes[1].after == soa_set(2));
}

TEST_CASE("the journal since a serial is what leads from it to the newest")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("example.com", 1);
    dns::name const apex = contents.origin();
    std::int64_t const id = put(*s, contents, 1);
    std::int64_t const other = put(*s, small_zone("example.net", 1), 1);
    count_up(*s, id, apex, 1, 100);
    count_up(*s, other, name("example.net"), 1, 5);
    // A jump, and on over the end of the numbers.
    REQUIRE(change(*s, id, step(apex, 100, 2'000'000'000, {})));
    REQUIRE(change(*s, id, step(apex, 2'000'000'000, 4'000'000'000, {})));
    REQUIRE(change(*s, id, step(apex, 4'000'000'000, 4'294'967'295, {})));
    REQUIRE(change(*s, id, step(apex, 4'294'967'295, 1'000, {})));

    CHECK(since(*s, id, 1).size() == 103);
    CHECK(since(*s, id, 50).size() == 54);
    CHECK(since(*s, id, 50).front().serial_from == 50);
    CHECK(since(*s, id, 50).back().serial_to == 1'000);
    CHECK(since(*s, id, 50, 7).size() == 7);
    CHECK(since(*s, id, 2'000'000'000).size() == 3);
    CHECK(since(*s, id, 4'294'967'295).size() == 1);
    CHECK(since(*s, id, 1'000).empty());
    CHECK(since(*s, id, 2'000'000'001).empty());
    CHECK(since(*s, id, 4'294'967'294).empty());
    CHECK(since(*s, other, 1).size() == 4);
    CHECK(since(*s, other, 50).empty());
    CHECK(since(*s, 4711, 1).empty());
}

TEST_CASE("a zone replaced whole is an entry without changes")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("example.com", 1);
    std::int64_t const id = put(*s, contents, 1);
    count_up(*s, id, contents.origin(), 1, 3);
    auto const fresh = small_zone("example.com", 10, 9);
    operation const op = zone_put{id, &fresh, 3, 10, &origin(), 0};
    REQUIRE(s->commit({&op, 1}));
    count_up(*s, id, contents.origin(), 10, 12);
    auto const entries = since(*s, id, 2);
    REQUIRE(entries.size() == 4);
    CHECK(entries[0].is_incremental());
    CHECK(entries[1].kind == journal_kind::replaced);
    CHECK_FALSE(entries[1].is_incremental());
    CHECK(entries[1].changes.empty());
    CHECK(since(*s, id, 10).size() == 2);
    CHECK(since(*s, id, 0).front().kind == journal_kind::created);
}

TEST_CASE("the newest entries come newest first, of a zone or of all")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    std::int64_t const a = put(*s, small_zone("a.example", 1), 1);
    std::int64_t const b = put(*s, small_zone("b.example", 1), 1);
    count_up(*s, a, name("a.example"), 1, 5);
    count_up(*s, b, name("b.example"), 1, 3);
    auto const all = *s->journal_newest({}, end, 4);
    REQUIRE(all.size() == 4);
    CHECK(all[0].zone_id == b);
    CHECK(all[0].serial_to == 3);
    CHECK(all[2].zone_id == a);
    CHECK(all[2].serial_to == 5);
    auto const more = *s->journal_newest({}, all.back().number, 100);
    CHECK(more.size() == 4);
    CHECK(more.front().number < all.back().number);
    auto const of_a = *s->journal_newest(a, end, 2);
    REQUIRE(of_a.size() == 2);
    CHECK(of_a[1].serial_to == 4);
    CHECK(s->journal_newest(a, of_a.back().number, 100)->size() == 3);
}

TEST_CASE("each zone's journal is bounded in entries, and its newest part is whole")
{
    temporary_directory const dir;
    store_settings const settings{.journal = {.entries_per_zone = 20}};
    auto const contents = small_zone("example.com", 1);
    std::int64_t id = 0;
    std::int64_t quiet = 0;
    {
        auto s = open(dir.data(), settings);
        id = put(*s, contents, 1);
        quiet = put(*s, small_zone("example.net", 1), 1);
        count_up(*s, quiet, name("example.net"), 1, 4);
        count_up(*s, id, contents.origin(), 1, 60);
        CHECK(kept(*s, id) == 20);
        CHECK(since(*s, id, 40).size() == 20);
        CHECK(since(*s, id, 39).empty());
    }
    auto s = open(dir.data(), settings);
    count_up(*s, id, contents.origin(), 60, 70);
    CHECK(kept(*s, id) == 20);
    CHECK(since(*s, id, 50).size() == 20);
    CHECK(kept(*s, quiet) == 4);
}

TEST_CASE("a limit that was lowered is reached a few entries at a time")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 1);
    std::int64_t id = 0;
    {
        auto s = open(dir.data());
        id = put(*s, contents, 1);
        count_up(*s, id, contents.origin(), 1, 100);
    }
    auto s = open(dir.data(), {.journal = {.entries_per_zone = 10}});
    count_up(*s, id, contents.origin(), 100, 110);
    CHECK(kept(*s, id) == 90);
    count_up(*s, id, contents.origin(), 110, 300);
    CHECK(kept(*s, id) == 10);
}

TEST_CASE("the journal is bounded in octets and age, and never loses its newest entry")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 1);
    dns::name const apex = contents.origin();
    SECTION("octets of a zone")
    {
        auto s = open(dir.data(), {.journal = {.octets_per_zone = 5'000}});
        std::int64_t const id = put(*s, contents, 1);
        count_up(*s, id, apex, 1, 300);
        CHECK(kept(*s, id) > 5);
        CHECK(kept(*s, id) < 50);
    }
    SECTION("octets of all")
    {
        auto s = open(dir.data(), {.journal = {.octets = 5'000}});
        std::int64_t const a = put(*s, contents, 1);
        std::int64_t const b = put(*s, small_zone("example.net", 1), 1);
        count_up(*s, b, name("example.net"), 1, 100);
        count_up(*s, a, apex, 1, 20);
        count_up(*s, b, name("example.net"), 100, 300);
        CHECK(kept(*s, a) == 0);
        CHECK(kept(*s, b) < 50);
        count_up(*s, a, apex, 20, 30);
        CHECK(since(*s, a, 20).size() == 10);
    }
    SECTION("age")
    {
        auto s = open(dir.data(), {.journal = {.age_ms = 1'000}});
        std::int64_t const id = put(*s, contents, 1);
        for (std::uint32_t n = 1; n < 100; ++n)
            REQUIRE(change(*s, id, step(apex, n, n + 1, {}), 1'700'000'000'000 + n * 100));
        CHECK(kept(*s, id) == 11);
        REQUIRE(change(*s, id, step(apex, 100, 101, {}), 1'900'000'000'000));
        REQUIRE(change(*s, id, step(apex, 101, 102, {}), 2'100'000'000'000));
        CHECK(kept(*s, id) >= 1);
        CHECK(since(*s, id, 101).size() == 1);
    }
}

TEST_CASE("numbers of entries go on after a restart, also when nearly all are gone")
{
    temporary_directory const dir;
    store_settings const settings{.journal = {.entries_per_zone = 1}};
    auto const contents = small_zone("example.com", 1);
    std::int64_t id = 0;
    {
        auto s = open(dir.data(), settings);
        id = put(*s, contents, 1);
        count_up(*s, id, contents.origin(), 1, 10);
    }
    auto s = open(dir.data(), settings);
    count_up(*s, id, contents.origin(), 10, 11);
    auto const entries = *s->journal_newest({}, end, 10);
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().number == 11);
}

TEST_CASE("a long history is read in pieces of a bounded size")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    auto const contents = small_zone("example.com", 1);
    dns::name const apex = contents.origin();
    std::int64_t const id = put(*s, contents, 1);
    std::vector<zone::rrset_change> many;
    dns::rrset large{dns::rr_type::txt, 300};
    for (int i = 0; i < 250; ++i) {
        rdata text(250, 'x');
        text[0] = 249;
        text[1] = static_cast<std::uint8_t>(i);
        large.add(text);
    }
    for (int i = 0; i < 50; ++i)
        many.push_back({*dns::name::join(name("t" + std::to_string(i)), apex), dns::rrset{dns::rr_type::txt, 0}, large});
    std::vector<zone::diff> steps;
    for (std::uint32_t n = 1; n <= 8; ++n)
        steps.push_back(step(apex, n, n + 1, many));
    for (auto const& d : steps)
        REQUIRE(change(*s, id, d));
    auto const piece = since(*s, id, 1);
    CHECK(piece.size() > 2);
    CHECK(piece.size() < 8);
    CHECK(since(*s, id, piece.back().serial_to).back().serial_to == 9);
}

TEST_CASE("a damaged journal row is a failure that names it")
{
    temporary_directory const dir;
    auto const contents = small_zone("example.com", 1);
    std::int64_t id = 0;
    {
        auto s = open(dir.data());
        id = put(*s, contents, 1);
        count_up(*s, id, contents.origin(), 1, 4);
    }
    SECTION("changes")
    {
        connection{dir.database()}.execute("UPDATE journal SET added = x'00' WHERE number = 3");
    }
    SECTION("kind")
    {
        connection{dir.database()}.execute("UPDATE journal SET kind = 9 WHERE number = 3");
    }
    SECTION("name")
    {
        connection{dir.database()}.execute("UPDATE journal SET zone_name = x'0161' WHERE number = 3");
    }
    SECTION("serial")
    {
        connection{dir.database()}.execute("UPDATE journal SET serial_to = -1 WHERE number = 3");
    }
    auto s = open(dir.data());
    auto const entries = s->journal_since(id, 1, 10);
    REQUIRE_FALSE(entries);
    CHECK_THAT(entries.error().message, Contains("journal entry 3"));
}

TEST_CASE("the journal can be read while commits go on")
{
    temporary_directory const dir;
    auto s = open(dir.data(), {.journal = {}, .log_pages = 64});
    auto const contents = small_zone("example.com", 1);
    std::int64_t const id = put(*s, contents, 1);
    std::thread reader{[&] {
        std::uint32_t serial = 1;
        while (serial < 500) {
            auto const entries = s->journal_since(id, serial, 50);
            if (!entries)
                break;
            if (!entries->empty())
                serial = entries->back().serial_to;
        }
    }};
    count_up(*s, id, contents.origin(), 1, 500);
    reader.join();
    CHECK(since(*s, id, 1).size() == 499);
}
