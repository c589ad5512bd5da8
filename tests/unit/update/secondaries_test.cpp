#include "tests/unit/update/running_writer.hpp"
#include "update/secondaries.hpp"

using namespace homing;
using namespace tests;
using dns::rcode;

namespace {

update::put_secondary second(std::string const& secondary_name, std::string const& catalog = "catalog.invalid.")
{
    update::put_secondary p;
    p.secondary.name = name(secondary_name);
    p.secondary.addresses = {"127.0.0.1:53"};
    p.secondary.catalog = name(catalog);
    p.key = key(secondary_name, {});
    return p;
}

/// Zones that the catalog names.
std::set<std::string> members(running_writer& w, std::string const& catalog = "catalog.invalid.")
{
    std::set<std::string> zones;
    zone::versions::reader reader{w.versions};
    zone::versions::reading const now{reader};
    if (auto const* const z = now->find(name(catalog)))
        z->for_each([&](zone::node const& n) {
            n.find(dns::rr_type::ptr).for_each([&](dns::rdata_view r) { zones.insert(dns::name_view::parse(r)->to_string()); });
        });
    return zones;
}

update::request zone_of(std::string const& apex)
{
    return {update::put_zone{make_contents(apex, {apex + ". 3600 SOA ns. admin. 7 3600 600 86400 60", apex + ". 3600 NS ns."}), true}, {}};
}

} // namespace

TEST_CASE("The first secondary brings a catalog of all zones, and zones come and go in it as they do here")
{
    observed_writer w;
    REQUIRE(w.writer->execute({second("one."), {}}).ok());
    CHECK(members(w) == std::set<std::string>{"example.com."});
    REQUIRE(w.writer->execute(zone_of("example.net")).ok());
    CHECK(members(w) == std::set<std::string>{"example.com.", "example.net."});
    REQUIRE(w.writer->execute({update::remove_zone{name("example.com.")}, {}}).ok());
    CHECK(members(w) == std::set<std::string>{"example.net."});
}

TEST_CASE("A zone and its entry in the catalog are one transaction")
{
    observed_writer w;
    REQUIRE(w.writer->execute({second("one."), {}}).ok());
    w.store.fault = [](auto) { return std::string{"the disk is full"}; };
    CHECK(w.writer->execute(zone_of("example.net")).rcode == rcode::servfail);
    CHECK(members(w) == std::set<std::string>{"example.com."});
    CHECK(w.records("example.net.").empty());
    CHECK_FALSE(w.writer->execute({update::remove_secondary{name("one.")}, {}}).ok());
    CHECK(w.writer->secondaries()->all().size() == 1);
    w.store.fault = [](auto) { return std::string{}; };
    CHECK(w.writer->execute({update::remove_secondary{name("one.")}, {}}).ok());
    CHECK(w.writer->secondaries()->all().empty());
    CHECK(w.records("catalog.invalid.").empty());
}

TEST_CASE("Zones that come together are all in the catalog, each a step of it")
{
    observed_writer w;
    REQUIRE(w.writer->execute({second("one."), {}}).ok());
    std::vector<update::request> together;
    for (int i = 0; i < 50; ++i)
        together.push_back(zone_of("zone" + std::to_string(i) + ".example"));
    together.push_back(zone_of("zone7.example")); // is there already
    auto const outcomes = w.execute_together(std::move(together));
    CHECK(std::ranges::count_if(outcomes, [](auto const& o) { return o.ok(); }) == 50);
    CHECK(members(w).size() == 51);
}

TEST_CASE("A secondary has a key of its name, which goes with it; names of others are not taken")
{
    observed_writer w;
    REQUIRE(w.writer->execute({second("one."), {}}).ok());
    CHECK(w.writer->keys()->find(name("one.")));
    CHECK(w.writer->execute({second("one."), {}}).rcode == rcode::refused);
    CHECK(w.writer->execute({second("all."), {}}).rcode == rcode::refused); // a key
    CHECK(w.writer->secondaries()->all().size() == 1);
    REQUIRE(w.writer->execute({second("two.", "other.invalid."), {}}).ok());
    CHECK(w.writer->secondaries()->find(name("two."))->catalog == name("catalog.invalid."));
    REQUIRE(w.writer->execute({update::remove_secondary{name("one.")}, {}}).ok());
    CHECK_FALSE(w.writer->keys()->find(name("one.")));
    CHECK_FALSE(members(w).empty());
}

TEST_CASE("The catalog needs a name that is free, and nobody else changes it")
{
    observed_writer w;
    CHECK(w.writer->execute({second("one.", "example.com."), {}}).rcode == rcode::refused);
    CHECK_FALSE(w.writer->keys()->find(name("one.")));
    REQUIRE(w.writer->execute({second("one."), {}}).ok());
    CHECK(w.writer->execute(zone_of("catalog.invalid")).rcode == rcode::refused);
    CHECK(w.writer->execute({update::remove_zone{name("catalog.invalid.")}, {}}).rcode == rcode::refused);
    CHECK(w.writer->execute({make_update("catalog.invalid.", "all.", {"add x.catalog.invalid. 0 A 192.0.2.1"}), {}}).rcode ==
          rcode::refused);
    CHECK(members(w).size() == 1);
}

TEST_CASE("There are so many secondaries and no more")
{
    observed_writer w;
    for (std::size_t i = 0; i < update::max_secondaries; ++i)
        REQUIRE(w.writer->execute({second("s" + std::to_string(i) + "."), {}}).ok());
    CHECK(w.writer->execute({second("last."), {}}).rcode == rcode::refused);
}
