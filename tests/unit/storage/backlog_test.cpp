#include "storage/backlog.hpp"
#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <algorithm>
#include <deque>
#include <random>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

rrset_key key_of(std::string const& owner, std::int64_t zone = 1, dns::rr_type type = dns::rr_type::a)
{
    static std::map<std::string, rdata> owners; // keys borrow
    rdata& wire = owners[owner];
    wire.assign(1, static_cast<std::uint8_t>(owner.size()));
    wire.insert(wire.end(), owner.begin(), owner.end());
    return {zone, wire, type};
}

void add(backlog& b, std::string const& owner, std::int64_t row, unsigned value = 1)
{
    b.set(key_of(owner), set_of(dns::rr_type::a, 300, {address(value)}), row);
}

std::vector<std::string> owners(std::vector<backlog::entry const*> const& chosen)
{
    std::vector<std::string> names;
    for (auto const* e : chosen)
        names.emplace_back(e->key().owner.begin() + 1, e->key().owner.end());
    return names;
}

using words = std::vector<std::string>;

} // namespace

TEST_CASE("few RRsets wait, and when there are many the round over their names goes on where it was")
{
    backlog b{{.rrsets = 4, .octets = 1000, .journal_rows = 1000, .at_once = 2}};
    for (char const* const name : {"f", "b", "d", "a", "e", "c"})
        add(b, name, 1);
    CHECK(b.choose(1, 1, 0).empty());
    b.written();
    add(b, "g", 2);
    CHECK(owners(b.choose(1, 2, 0)) == words{"a", "b", "c"});
    b.written();
    CHECK(b.size() == 4);
    for (char const* const name : {"a", "b", "h"})
        add(b, name, 3);
    CHECK(owners(b.choose(1, 3, 0)) == words{"d", "e", "f"});
    b.kept();
    CHECK(b.size() == 7);
    CHECK(owners(b.choose(0, 3, 0)) == words{"g", "h"}); // the round goes on; what was kept comes when it is its turn again
    b.written();
    CHECK(b.choose(1, 3, 0).empty());
}

TEST_CASE("an RRset waits once, with its newest value and the oldest row that it lacks")
{
    backlog b;
    add(b, "a", 5, 1);
    add(b, "b", 6, 1);
    add(b, "a", 7, 2);
    REQUIRE(b.size() == 2);
    auto const* const a = b.find(key_of("a"));
    REQUIRE(a != nullptr);
    CHECK(a->since() == 5);
    CHECK(std::ranges::equal(a->records(), set_of(dns::rr_type::a, 300, {address(2)}).packed()));
    CHECK(b.oldest_row(100) == 5);
    b.set(key_of("a"), dns::rrset{dns::rr_type::a, 0}, 8);
    CHECK(b.find(key_of("a"))->records().empty());
    b.choose_first(1);
    CHECK(b.oldest_row(100) == 6);
    b.written();
    CHECK(b.find(key_of("a")) == nullptr);
    b.choose_first(100);
    CHECK(b.oldest_row(100) == 100);
}

TEST_CASE("what the journal wants to be rid of, and what is too old, goes first")
{
    backlog b{{.rrsets = 100, .octets = 10'000, .journal_rows = 10, .at_once = 4}};
    add(b, "z", 1);
    add(b, "y", 2);
    add(b, "x", 3);
    CHECK(owners(b.choose(0, 3, 2)) == words{"z", "y"});
    b.kept();
    CHECK(b.choose(0, 10, 0).empty());
    CHECK(owners(b.choose(0, 12, 0)) == words{"z", "y"});
    b.written();
    CHECK(b.oldest_row(13) == 3);
}

TEST_CASE("octets that wait are bounded too")
{
    backlog b{{.rrsets = 100, .octets = 50, .journal_rows = 1000, .at_once = 1}};
    for (char const* const name : {"a", "b", "c", "d", "e", "f", "g"})
        add(b, name, 1); // eight octets each
    CHECK(owners(b.choose(3, 1, 0)) == words{"a"});
    b.written();
    CHECK(b.choose(3, 1, 0).empty());
}

TEST_CASE("a zone's RRsets go at once and leave the others")
{
    backlog b;
    b.set(key_of("a", 1), set_of(dns::rr_type::a, 300, {address(1)}), 1);
    b.set(key_of("a", 2), set_of(dns::rr_type::a, 300, {address(1)}), 1);
    b.set(key_of("b", 2), set_of(dns::rr_type::a, 300, {address(1)}), 2);
    b.set(key_of("a", 3), set_of(dns::rr_type::a, 300, {address(1)}), 3);
    b.drop(2);
    CHECK(b.size() == 2);
    std::size_t n = 0;
    b.for_each(2, [&](auto const&) { ++n; });
    CHECK(n == 0);
    b.for_each(3, [&](auto const& e) {
        CHECK(e.key().zone == 3);
        ++n;
    });
    CHECK(n == 1);
}

namespace {

/// What a store should have, kept in the most plain way: zone, owner and type to TTL and records.
using model_rrset = std::pair<std::uint32_t, std::vector<rdata>>;
using model_zone = std::map<std::pair<std::string, unsigned>, model_rrset>;
using model_zones = std::map<std::int64_t, model_zone>;

class model_sink : public zone_sink {
public:
    void begin_zone(std::int64_t id, dns::name_view apex) override
    {
        apex_ = apex;
        zone_ = &zones[id];
    }
    void rrset(octets owner, dns::rr_type type, std::uint32_t ttl, octets packed) override
    {
        rdata wire{owner.begin(), owner.end()};
        wire.insert(wire.end(), apex_.view().bytes().begin(), apex_.view().bytes().end());
        auto& place = (*zone_)[{dns::name_view{wire.data(), wire.size()}.to_string(), static_cast<unsigned>(type)}];
        place.first = ttl;
        dns::rrset::from_packed(type, ttl, packed)->for_each([&](dns::rdata_view r) {
            place.second.emplace_back(r.begin(), r.end());
        });
        std::ranges::sort(place.second);
    }
    void end_zone() override {}

    model_zones zones;

private:
    dns::name apex_;
    model_zone* zone_ = nullptr;
};

model_zones contents_of(store& s)
{
    model_sink sink;
    auto const loaded = s.load(sink);
    REQUIRE(loaded);
    return sink.zones;
}

/// Random changes of a store and of a model beside it.
class rehearsal {
public:
    explicit rehearsal(unsigned seed) : random_{seed} {}

    void commit(store& s)
    {
        diffs_.clear();
        contents_.clear();
        std::vector<operation> ops;
        for (unsigned n = 1 + pick(6); n > 0; --n)
            ops.push_back(one(s));
        // A batch with an operation that fails leaves everything as it was.
        if (pick(8) == 0) {
            ops.emplace_back(zone_removed{4711, 1, &origin(), 0});
            REQUIRE_FALSE(s.commit(ops));
            next_ = now_;
        } else {
            REQUIRE(s.commit(ops));
            now_ = next_;
        }
    }
    model_zones const& model() const { return now_; }

private:
    unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }

    operation one(store& s)
    {
        if (next_.empty() || pick(40) == 0)
            return put(s.next_zone_id(), "z" + std::to_string(++zones_) + ".example");
        auto const zone = std::next(next_.begin(), pick(static_cast<unsigned>(next_.size())));
        std::int64_t const id = zone->first;
        if (pick(40) == 0)
            return put(id, names_[id]);
        if (next_.size() > 2 && pick(40) == 0) {
            next_.erase(zone);
            return zone_removed{id, 1, &origin(), 0};
        }
        return changed(id, zone->second);
    }

    operation put(std::int64_t id, std::string const& apex)
    {
        names_[id] = apex;
        contents_.push_back(small_zone(apex, 1, pick(5)));
        model_zone& z = next_[id];
        z.clear();
        for (std::size_t i = 0; i < contents_.back().size(); ++i) {
            auto const e = contents_.back()[i];
            auto& place = z[{e.owner.to_string(), static_cast<unsigned>(e.type)}];
            place.first = e.ttl;
            dns::rrset::from_packed(e.type, e.ttl, e.packed)->for_each([&](dns::rdata_view r) {
                place.second.emplace_back(r.begin(), r.end());
            });
        }
        return zone_put{id, &contents_.back(), 0, 1, &origin(), 0};
    }

    operation changed(std::int64_t id, model_zone& z)
    {
        dns::name const apex = name(names_[id]);
        zone::diff& d = diffs_.emplace_back();
        d.serial_from = 1, d.serial_to = 2;
        std::uint32_t const serial = ++serial_;
        set(z, d, apex, dns::rr_type::soa, {3600, {soa(serial)}});
        for (unsigned n = pick(3); n > 0; --n) {
            std::string const owner = "h" + std::to_string(pick(12) + 20 * n);
            model_rrset value{pick(2) == 0 ? 60U : 300U, {}};
            for (unsigned v = 0; v < 4; ++v)
                if (pick(2) == 0)
                    value.second.push_back(address(v));
            set(z, d, *dns::name::join(name(owner), apex), dns::rr_type::a, value);
        }
        return zone_changed{id, &d, &origin(), 0};
    }

    static void set(model_zone& z, zone::diff& d, dns::name const& owner, dns::rr_type type, model_rrset const& value)
    {
        auto const key = std::pair{owner.to_string(), static_cast<unsigned>(type)};
        auto const before = z.contains(key) ? set_of(type, z[key].first, z[key].second) : dns::rrset{type, 0};
        auto const after = set_of(type, value.first, value.second);
        if (before == after)
            return;
        d.changes.push_back({owner, before, after});
        if (after.empty())
            z.erase(key);
        else
            z[key] = value;
    }

    std::mt19937 random_;
    model_zones now_, next_;
    std::map<std::int64_t, std::string> names_;
    std::deque<zone::diff> diffs_;
    std::deque<zone::contents> contents_;
    unsigned zones_ = 0;
    std::uint32_t serial_ = 1;
};

/// What a crash at this moment leaves: the files as they are.
void copy_files(std::string const& from, std::string const& to)
{
    std::filesystem::remove_all(to);
    std::filesystem::create_directory(to);
    for (auto const& file : std::filesystem::directory_iterator{from})
        if (file.path().extension() == ".db" || file.path().string().ends_with("-wal"))
            std::filesystem::copy_file(file.path(), to / file.path().filename());
}

std::int64_t number_in(std::string const& database, char const* sql)
{
    return connection{database}.integer(sql);
}

void rehearse(store_settings const& settings, unsigned seed)
{
    temporary_directory const dir;
    rehearsal r{seed};
    for (int lives = 0; lives < 4; ++lives) {
        auto s = open(dir.data(), settings);
        REQUIRE(contents_of(*s) == r.model());
        for (int n = 0; n < 60; ++n) {
            r.commit(*s);
            if (n % 10 == 9)
                REQUIRE(contents_of(*s) == r.model());
        }
        std::string const crashed = dir.path() + "/crashed";
        copy_files(dir.data(), crashed);
        REQUIRE(contents_of(*open(crashed, settings)) == r.model());
        if (lives % 2 == 0) { // goes on from the crash
            s.reset();
            copy_files(crashed, dir.data());
        } else {
            s.reset();
            CHECK(number_in(dir.database(), "SELECT journal_number FROM rrset_written") ==
                  number_in(dir.database(), "SELECT max(number) FROM journal"));
        }
    }
}

} // namespace

TEST_CASE("whatever waits, a store has what was committed: now, after a crash, and after a stop")
{
    unsigned const seed = GENERATE(range(1U, 13U));
    CAPTURE(seed);
    SECTION("everything waits")
    {
        rehearse({}, seed);
    }
    SECTION("little waits")
    {
        rehearse({.journal = {}, .backlog = {.rrsets = 8, .octets = 10'000, .journal_rows = 10'000, .at_once = 3}}, seed);
    }
    SECTION("hardly anything waits for long")
    {
        rehearse({.journal = {}, .backlog = {.rrsets = 8, .octets = 10'000, .journal_rows = 5, .at_once = 2}}, seed);
    }
    SECTION("the journal is short")
    {
        rehearse({.journal = {.entries_per_zone = 7}}, seed);
    }
}
