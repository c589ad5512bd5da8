#include "tests/support/served_zones.hpp"
#include "update/new_contents.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using tests::served_zones;

namespace {

using lines = std::vector<std::string>;

zone::contents contents(lines const& records, std::string const& serial = "7")
{
    auto all = served_zones::base();
    all[0].replace(all[0].find(" 7 "), 3, " " + serial + " ");
    all.insert(all.end(), records.begin(), records.end());
    zone::contents c{tests::name("example.com.")};
    for (auto const& line : all) {
        auto const r = tests::record(line);
        c.add(r.owner, r.type, r.ttl, r.rdata);
    }
    c.finish();
    return c;
}

/// How the last import was stored.
struct fixture {
    explicit fixture(lines const& records) : zones{records}
    {
        zones.store.fault = [this](auto operations) {
            auto const* const c = std::get_if<storage::zone_changed>(&operations[0]);
            changes = c != nullptr ? c->diff->changes.size() : 0;
            return std::string{};
        };
    }

    update::outcome import(zone::contents c) { return zones.execute({update::put_zone{std::move(c)}, {}}); }

    served_zones zones;
    std::size_t changes = 99; ///< RRsets, the SOA among them; 0: the zone was replaced whole
};

} // namespace

TEST_CASE("new contents that differ little are a change of what differs")
{
    fixture f{{"a.example.com. 60 A 192.0.2.1", "b.example.com. 60 A 192.0.2.1", "c.example.com. 60 TXT c"}};
    CHECK(f.import(contents({"a.example.com. 60 A 192.0.2.1", "b.example.com. 60 A 192.0.2.2", "d.e.example.com. 60 TXT c"}))
              .serial == 8);
    CHECK(f.changes == 4);
    CHECK(f.zones.holds(8, {"a.example.com. 60 A 192.0.2.1", "b.example.com. 60 A 192.0.2.2", "d.e.example.com. 60 TXT c"}));
    CHECK(f.zones.zone().name_count() == 5);
}

TEST_CASE("the serial of new contents counts if it is newer")
{
    fixture f{{"a.example.com. 60 A 192.0.2.1"}};
    CHECK(f.import(contents({"a.example.com. 60 A 192.0.2.2"}, "500")).serial == 500);
    CHECK(f.import(contents({"a.example.com. 60 A 192.0.2.1"}, "500")).serial == 501);
    CHECK(f.import(contents({"a.example.com. 60 A 192.0.2.1"}, "900")).serial == 900);
    CHECK(f.changes == 1);
    CHECK(f.zones.holds(900, {"a.example.com. 60 A 192.0.2.1"}));
}

TEST_CASE("the same contents are no change, in whichever order their records come")
{
    fixture f{{"a.example.com. 60 A 192.0.2.2", "a.example.com. 60 A 192.0.2.1"}};
    auto const o = f.import(contents({"a.example.com. 60 A 192.0.2.1", "a.example.com. 60 A 192.0.2.2"}, "3"));
    CHECK(o.ok());
    CHECK_FALSE(o.changed);
    CHECK(o.serial == 7);
}

TEST_CASE("the case of letters in new contents is kept")
{
    fixture f{{"a.example.com. 60 CNAME Www.example.com."}};
    CHECK(f.import(contents({"a.example.com. 60 CNAME www.example.com."})).serial == 8);
    CHECK(f.changes == 0);
    CHECK(f.zones.zone().find(tests::name("a.example.com."))->find(dns::rr_type::cname).front()[1] == 'w');
}

TEST_CASE("what differs much is not a change any more")
{
    served_zones const zones{{"a.example.com. 60 A 192.0.2.1"}};
    auto const fits = [&](update::difference_limits const& limits) {
        update::zone_change change{zones.zone(), zones.versions.newest().seed()};
        return update::become(change, contents({"b.example.com. 60 A 192.0.2.1", "c.example.com. 60 A 192.0.2.1"}), limits);
    };
    CHECK(fits({}));
    CHECK(fits({.rrsets = 3}));
    CHECK_FALSE(fits({.rrsets = 2}));
    CHECK_FALSE(fits({.octets = 50}));
}
