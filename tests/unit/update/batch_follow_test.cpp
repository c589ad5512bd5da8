// Zones that are followed, as the writer deals with them.
#include "tests/support/transfer_message.hpp"
#include "tests/unit/update/running_writer.hpp"

#include <catch2/catch_all.hpp>

using namespace homing;
using namespace homing::tests;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string const ns = "example.org. 3600 NS ns1.example.net.", www = "www.example.org. 300 A 192.0.2.1";

std::string soa_of(std::uint32_t serial)
{
    return "example.org. 3600 SOA ns1.example.org. admin.example.org. " + std::to_string(serial) + " 3600 600 86400 60";
}

storage::follow_record record_of(std::string const& apex, std::string const& primaries = "192.0.2.1:53",
                                 std::string const& catalog = "", std::string const& label = "")
{
    storage::follow_source source{primaries, "", catalog.empty() ? "" : storage::name_octets(name(catalog))};
    return {storage::name_octets(name(apex)), std::make_shared<storage::follow_source const>(source), label};
}

update::request follow(storage::follow_record what, std::string const& takes_from = "")
{
    return {update::follow_zone{std::move(what), takes_from.empty() ? "" : storage::name_octets(name(takes_from))}, {}};
}

update::request whole(std::vector<std::string> const& lines, std::int64_t expires_ms = 1000)
{
    return {update::received_zone{name("example.org"), {}, make_contents("example.org.", lines), expires_ms}, {"", "192.0.2.1#53", "axfr"}};
}

zone::record_list list_of(std::vector<std::string> const& lines)
{
    zone::record_list list;
    for (auto const& line : lines) {
        auto const r = record(line);
        list.add(r.owner, r.type, r.ttl, r.rdata);
    }
    return list;
}

zone::transfer_step step(std::uint32_t from, std::uint32_t to, std::vector<std::string> const& removed, std::vector<std::string> const& added)
{
    return {from, to, list_of(with({soa_of(from)}, removed)), list_of(with({soa_of(to)}, added))};
}

update::request steps(std::vector<zone::transfer_step> all)
{
    return {update::received_zone{name("example.org"), std::move(all), {}, 2000}, {}};
}

/// example.org, followed and received with serial 7.
struct followed_zone : served_zones {
    followed_zone()
    {
        REQUIRE(execute(follow(record_of("example.org."))).ok());
        REQUIRE(execute(whole({soa_of(7), ns, www})).ok());
    }
    std::multiset<std::string> held() const { return records(zone("example.org.")); }
    storage::follow_record const& record() const { return *followed.find(storage::name_octets(name("example.org"))); }
    bool has(std::string const& line) const { return held().contains(*records(std::vector{line}).begin()); }
};

} // namespace

TEST_CASE("a zone that is followed has no contents at first, then those of its primary with their serial", "[batch_follow]")
{
    served_zones z;
    REQUIRE(z.execute(follow(record_of("example.org."))).ok());
    CHECK(z.zone("example.org.").is_secondary());
    CHECK_FALSE(z.zone("example.org.").is_available());
    auto const o = z.execute(whole({soa_of(7), ns, www}, 5000));
    REQUIRE(o.ok());
    CHECK(o.serial == 7);
    CHECK(z.zone("example.org.").is_available());
    CHECK(z.zone("example.org.").serial() == 7);
    CHECK(z.followed.find(storage::name_octets(name("example.org")))->expires_ms == 5000);
}

TEST_CASE("each step that is received is a step of the journal", "[batch_follow]")
{
    followed_zone z;
    auto const before = z.store.journal.size();
    auto const o = z.execute(steps({step(7, 8, {www}, {"a.example.org. 60 A 192.0.2.2"}), step(8, 12, {}, {www})}));
    REQUIRE(o.ok());
    CHECK(o.serial == 12);
    REQUIRE(z.store.journal.size() == before + 2);
    CHECK(z.store.journal[before].from == 7);
    CHECK(z.store.journal[before].to == 8);
    CHECK(z.store.journal[before + 1].to == 12);
    CHECK(z.held() == records({soa_of(12), ns, www, "a.example.org. 60 A 192.0.2.2"}));
    CHECK(z.record().expires_ms == 2000);
}

TEST_CASE("steps that do not fit leave everything as it was, whichever of them it is", "[batch_follow]")
{
    followed_zone z;
    auto const held = z.held();
    auto const fine = step(7, 8, {www}, {});
    auto const cases = std::vector<std::pair<zone::transfer_step, std::string>>{
        {step(9, 10, {}, {}), "the zone has serial 8, not 9"},
        {step(8, 9, {www}, {}), "www.example.org. A is to be removed and is not there"},
        {step(8, 9, {}, {ns}), "example.org. NS is to be added and is there already"},
        {step(8, 9, {ns}, {}), "without name servers"},
        {step(8, 9, {}, {"example.org. 60 CNAME a."}), "CNAME beside other data"},
        {step(8, 9, {}, {"b.example.org. 60 CNAME a.", "b.example.org. 60 CNAME c."}), "several records"},
    };
    auto const published = z.versions.newest().number();
    for (auto const& [bad, fault] : cases) {
        INFO(fault);
        auto const o = z.execute(steps({fine, bad}));
        CHECK(o.rcode == dns::rcode::refused);
        CHECK_THAT(o.reason, ContainsSubstring(fault));
        CHECK(z.held() == held);
        CHECK(z.versions.newest().number() == published);
        CHECK(z.record().expires_ms == 1000);
    }
}

TEST_CASE("a whole zone that differs little is a step like others", "[batch_follow]")
{
    followed_zone z;
    auto const before = z.store.journal.size();
    REQUIRE(z.execute(whole({soa_of(20), ns})).ok());
    REQUIRE(z.store.journal.size() == before + 1);
    CHECK(z.store.journal[before].to == 20);
    CHECK(z.held() == records({soa_of(20), ns}));
}

TEST_CASE("an older serial is taken only where ours has expired", "[batch_follow]")
{
    followed_zone z;
    CHECK_THAT(z.execute(whole({soa_of(3), ns})).reason, ContainsSubstring("serial 3 is not newer than ours, 7"));
    REQUIRE(z.execute({update::expire_zone{storage::name_octets(name("example.org"))}, {}}).ok());
    CHECK_FALSE(z.zone("example.org.").is_available());
    CHECK(z.record().is_expired);
    REQUIRE(z.execute(whole({soa_of(3), ns})).ok());
    CHECK(z.zone("example.org.").is_available());
    CHECK(z.zone("example.org.").serial() == 3);
    CHECK_FALSE(z.record().is_expired);
}

TEST_CASE("an expired zone is back when a primary has the same serial", "[batch_follow]")
{
    followed_zone z;
    std::string const apex = storage::name_octets(name("example.org"));
    REQUIRE(z.execute({update::expire_zone{apex}, {}}).ok());
    REQUIRE(z.execute({update::zones_refreshed{{{apex, 100, 900}, {"\3foo", 1, 1}}}, {}}).ok());
    CHECK(z.zone("example.org.").is_available());
    CHECK(z.record().refreshed_ms == 100);
    CHECK(z.record().expires_ms == 900);
}

TEST_CASE("nothing changes a secondary but its primary", "[batch_follow]")
{
    followed_zone z;
    auto const held = z.held();
    CHECK(z.execute(make_update("example.org.", "all.", {"add x.example.org. 60 A 192.0.2.3"})).rcode == dns::rcode::refused);
    update::edit e;
    e.items.push_back({name("x.example.org"), dns::rrset{dns::rr_type::none, 0}});
    CHECK_THAT(z.execute({std::move(e), {}}).reason, ContainsSubstring("is a secondary"));
    CHECK_THAT(z.execute({update::put_zone{make_contents("example.org.", {soa_of(99), ns})}, {}}).reason, ContainsSubstring("is a secondary"));
    update::put_host h;
    h.host.name = name("home.example.org");
    CHECK_THAT(z.execute({std::move(h), {}}).reason, ContainsSubstring("is a secondary"));
    CHECK(z.held() == held);
}

TEST_CASE("a zone of our own is not taken over, nor one that is followed from elsewhere", "[batch_follow]")
{
    followed_zone z;
    CHECK_THAT(z.execute(follow(record_of("example.com."))).reason, ContainsSubstring("not as one that is followed"));
    CHECK_THAT(z.execute(follow(record_of("example.org.", "192.0.2.2:53", "cat.", "a"))).reason, ContainsSubstring("followed already"));
    CHECK(z.zone("example.org.").is_available());
}

TEST_CASE("a member of a catalog begins anew under another label, and can change its catalog", "[batch_follow]")
{
    served_zones z;
    REQUIRE(z.execute(follow(record_of("example.org.", "192.0.2.1:53", "one.", "a"))).ok());
    REQUIRE(z.execute(whole({soa_of(7), ns})).ok());
    CHECK(z.followed.member(storage::name_octets(name("one")), "a") != nullptr);
    // Given away, under the same label: it stays.
    CHECK(z.execute(follow(record_of("example.org.", "192.0.2.1:53", "two.", "a"))).rcode == dns::rcode::refused);
    REQUIRE(z.execute(follow(record_of("example.org.", "192.0.2.1:53", "two.", "a"), "one.")).ok());
    CHECK(z.zone("example.org.").is_available());
    CHECK(z.followed.member(storage::name_octets(name("one")), "a") == nullptr);
    CHECK(z.followed.member_count(storage::name_octets(name("two"))) == 1);
    // Another label.
    REQUIRE(z.execute(follow(record_of("example.org.", "192.0.2.1:53", "two.", "b"))).ok());
    CHECK_FALSE(z.zone("example.org.").is_available());
    CHECK(z.zone("example.org.").serial() == 0);
    CHECK(z.followed.labels(storage::name_octets(name("two"))) == std::vector<std::string>{"b"});
    // Its catalog alone takes it away.
    CHECK_THAT(z.execute({update::remove_zone{name("example.org")}, {}}).reason, ContainsSubstring("member of the catalog zone two."));
    REQUIRE(z.execute({update::remove_zone{name("example.org"), true}, {}}).ok());
    CHECK(z.versions.newest().find(name("example.org")) == nullptr);
    CHECK(z.followed.size() == 0);
}

TEST_CASE("what is followed is followed after a restart, and one whose time is over has expired", "[batch_follow]")
{
    temporary_directory dir;
    auto const far = std::int64_t{1} << 50;
    for (auto const expires : {far, std::int64_t{1000}}) {
        {
            running_writer w{std::move(storage::open_sqlite_store(dir.store()).value())};
            w.writer->start();
            if (expires == far) {
                REQUIRE(w.writer->execute(follow(record_of("example.org."))).ok());
                REQUIRE(w.writer->execute(follow(record_of("empty.example."))).ok());
                REQUIRE(w.writer->execute(whole({soa_of(7), ns, www}, expires)).ok());
            } else {
                REQUIRE(w.writer->execute({update::zones_refreshed{{{storage::name_octets(name("example.org")), 1, expires}}}, {}}).ok());
            }
            w.writer->stop();
        }
        running_writer again{std::move(storage::open_sqlite_store(dir.store()).value())};
        CHECK(again.records("example.org.") == records({soa_of(7), ns, www}));
        zone::versions::reader reader{again.versions};
        zone::versions::reading const now{reader};
        CHECK(now->find(name("example.org"))->is_secondary());
        CHECK(now->find(name("example.org"))->is_available() == (expires == far));
        CHECK_FALSE(now->find(name("empty.example"))->is_available());
        CHECK(again.writer->followed().size() == 2);
    }
}
