#include "tests/support/served_zones.hpp"
#include "update/policy.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;
using dns::rr_type;
using tests::served_zones;
using update::granted_key;
using reason = update::decision::reason;

namespace {

granted_key key(std::vector<std::string> const& grants)
{
    return granted_key{tests::key("k.", grants)};
}

/// Asks of a zone example.com.
struct asked {
    granted_key of;
    explicit asked(std::vector<std::string> const& grants) : of{key(grants)} {}

    reason why(std::string const& owner, std::string const& type, std::string const& apex = "example.com") const
    {
        return may_update(of, tests::name(apex), tests::name(owner), tests::type(type)).why;
    }
    bool may(std::string const& owner, std::string const& type, std::string const& apex = "example.com") const
    {
        return why(owner, type, apex) == reason::granted;
    }
};

/// A zone with a key "k." that has these grants.
struct zone_for : served_zones {
    explicit zone_for(std::vector<std::string> const& grants, std::vector<std::string> const& lines = {}) : served_zones{lines}
    {
        keys = std::make_shared<update::key_ring const>(std::vector{tests::key("k.", grants)});
    }
};

} // namespace

TEST_CASE("RFC 2136 3.3: a key changes what its grants cover, a name and all below it")
{
    served_zones served;
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.1"}, "www.").changed);
    CHECK(served.update({"add a.b.WWW.example.com. 300 A 192.0.2.1"}, "www.").changed);
    CHECK(served.update({"add anything.example.com. 300 A 192.0.2.1"}, "zone.").changed);
    CHECK(served.update({"add anything.example.com. 300 A 192.0.2.2"}, "all.").changed);
    CHECK(served.update({"add example.com. 300 TXT apex"}, "ZONE.").changed);
}

TEST_CASE("RFC 2136 3.3: one record that is not granted refuses the whole update, with the reason")
{
    served_zones served;
    auto const o = served.update({"add www.example.com. 300 A 192.0.2.1", "add ftp.example.com. 300 A 192.0.2.1"}, "www.");
    CHECK(o.rcode == rcode::refused);
    CHECK(o.reason.find("www.") != std::string::npos);
    CHECK(o.reason.find("ftp.example.com. A") != std::string::npos);
    CHECK(served.holds(7, {}));
    CHECK(served.update({"delete example.com. TXT"}, "www.").rcode == rcode::refused);
    CHECK(served.update({"add notwww.example.com. 300 A 192.0.2.1"}, "www.").rcode == rcode::refused);
}

TEST_CASE("RFC 2136 3.2 comes before 3.3: who has some right in the zone hears of prerequisites first")
{
    served_zones served;
    CHECK(served.update({"yxdomain secret.example.com.", "add ftp.example.com. 300 A 192.0.2.1"}, "www.").rcode ==
          rcode::nxdomain);
}

TEST_CASE("A key without any right in the zone is REFUSED, and prerequisites tell it nothing")
{
    served_zones served{{"secret.example.com. 300 A 192.0.2.1"}};
    for (std::string key : {"other.", "unknown."}) {
        CHECK(served.update({"yxdomain secret.example.com."}, key).rcode == rcode::refused);
        CHECK(served.update({"yxdomain nothing.example.com."}, key).rcode == rcode::refused);
        CHECK(served.update({}, key).rcode == rcode::refused);
    }
}

TEST_CASE("The serial that the server advances needs no grant")
{
    served_zones served;
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.1"}, "www.").serial == 8);
}

TEST_CASE("A right in a zone is a grant for its apex, above it, or for a name in it, whatever it is for; transfers are granted "
          "by themselves")
{
    auto const apex = tests::name("example.com");
    auto const right = [&](char const* grant) { return has_right_in(key({grant}), apex); };
    for (auto const* grant : {"com", "a.example.com", "*", "host a.example.com", "host example.com", "acme com", "dhcp com",
                              "+ *.com", "*.example.com types A", "*.*.*.com types A", "a.*.com may query",
                              "example.com may transfer", "+ .", "example.com exact"})
        CHECK(right(grant));
    for (auto const* grant : {"example.net", "host com", "com exact", "*.net types A", "a.*.net types A", "\\*.com types A",
                              "* exact may query", "a.b.exemple.com types A", "*.*.net may transfer"})
        CHECK_FALSE(right(grant));
    CHECK_FALSE(has_right_in(key({}), apex));

    auto const transfer = [&](char const* grant) { return bool{may_transfer(key({grant}), apex)}; };
    for (auto const* grant : {"com", "*", "example.com", "external-dns example.com", "example.com may transfer",
                              "*.com may transfer,query", "com may transfer", "example.com exact may transfer"})
        CHECK(transfer(grant));
    for (auto const* grant : {"a.example.com", "example.net", "+ example.com", "com exact may transfer", "acme example.com",
                              "dhcp com", "example.com types ANY apex may update,query", "host example.com"})
        CHECK_FALSE(transfer(grant));
}

TEST_CASE("A grant without more covers all but SOA, NS and DNSSEC's, below the apex")
{
    asked const k{{"+ example.com"}};
    for (auto const* type : {"A", "TXT", "CNAME", "MX", "DNAME", "DHCID", "TYPE65280", "TYPE257"})
        CHECK(k.may("a.b.EXAMPLE.com", type));
    for (int const type : {2, 6, 24, 25, 30, 43, 46, 47, 48, 50, 51, 59, 60, 62, 63, 32768, 32769})
        CHECK(k.why("a.example.com", "TYPE" + std::to_string(type)) == reason::other_type);
    CHECK(k.why("example.com", "A") == reason::at_apex);
    CHECK(k.why("example.com", "NS") == reason::other_type);
    CHECK(k.why("example.net", "A", "example.net") == reason::no_name);
    CHECK(k.may("sub.example.com", "A"));
    CHECK(k.why("sub.example.com", "A", "sub.example.com") == reason::at_apex);
}

TEST_CASE("The apex is covered where it is asked for: by that, or by its own name alone")
{
    CHECK(asked{{"example.com apex"}}.may("example.com", "A"));
    CHECK(asked{{"example.com apex"}}.may("www.example.com", "A"));
    CHECK(asked{{"example.com apex"}}.why("example.com", "NS") == reason::other_type);
    CHECK(asked{{"example.com exact"}}.may("example.com", "A"));
    CHECK(asked{{"example.com exact"}}.why("www.example.com", "A") == reason::no_name);
    CHECK(asked{{"example.com types MX"}}.why("example.com", "MX") == reason::at_apex);
    CHECK(asked{{"example.com types MX,NS,SOA apex"}}.may("example.com", "SOA"));
    CHECK(asked{{"com apex"}}.may("example.com", "A"));
}

TEST_CASE("Types that are listed are those that count, reserved ones too; ANY is all")
{
    asked const k{{"example.com types A,DS,TYPE65280"}};
    CHECK((k.may("a.example.com", "A") && k.may("a.example.com", "DS") && k.may("a.example.com", "TYPE65280")));
    CHECK_FALSE((k.may("a.example.com", "AAAA") || k.may("a.example.com", "NS")));
    asked const all{{"example.com types ANY"}};
    CHECK(
        (all.may("a.example.com", "NS") && all.may("a.example.com", "DNSKEY") && all.why("example.com", "A") == reason::at_apex));
}

TEST_CASE("A label * stands for any one label, anywhere; an escaped one for itself")
{
    asked const k{{"_acme-challenge.*.example.com types TXT exact"}};
    CHECK(k.may("_acme-challenge.www.example.com", "TXT"));
    CHECK(k.may("_ACME-challenge.*.example.com", "TXT"));
    CHECK_FALSE(k.may("_acme-challenge.example.com", "TXT"));
    CHECK_FALSE(k.may("_acme-challenge.a.b.example.com", "TXT"));
    CHECK_FALSE(k.may("x._acme-challenge.www.example.com", "TXT"));
    asked const below{{"*.example.com types A"}};
    CHECK((below.may("a.example.com", "A") && below.may("b.a.example.com", "A") && below.may("*.example.com", "A")));
    CHECK_FALSE(below.may("example.com", "A"));
    asked const literal{{"\\*.example.com types A"}};
    CHECK((literal.may("*.example.com", "A") && literal.may("a.*.example.com", "A")));
    CHECK_FALSE(literal.may("a.example.com", "A"));
    asked const two{{"a.*.*.com types A"}};
    CHECK((two.may("a.x.example.com", "A") && two.may("b.a.x.example.com", "A")));
    CHECK_FALSE(two.may("a.example.com", "A"));
}

TEST_CASE("Grants add up: what one allows no other takes away")
{
    asked const k{
        {"host a.example.com", "a.example.com types TXT exact", "*.example.com types MX", "a.example.com types TYPE257"}};
    for (auto const* type : {"A", "AAAA", "TXT", "MX"})
        CHECK(k.may("a.example.com", type));
    CHECK(k.may("b.example.com", "MX"));
    CHECK(k.why("b.example.com", "A") == reason::other_type);
    CHECK(k.why("example.com", "MX") == reason::no_name);
}

TEST_CASE("A right to transfer or to query changes nothing")
{
    CHECK(asked{{"example.com types ANY apex may transfer,query"}}.why("a.example.com", "A") == reason::no_name);
}

TEST_CASE("The preset host: A and AAAA of exactly that name, an apex or not")
{
    asked const k{{"host home.example.com"}};
    CHECK((k.may("Home.example.com", "A") && k.may("home.example.com", "AAAA")));
    CHECK(k.why("home.example.com", "TXT") == reason::other_type);
    CHECK(k.why("a.home.example.com", "A") == reason::no_name);
    CHECK(k.why("example.com", "A") == reason::no_name);
    CHECK(asked{{"host example.com"}}.may("example.com", "A"));
}

TEST_CASE("The preset acme: TXT at and below _acme-challenge of the name and of any below it")
{
    asked const k{{"acme example.com"}};
    for (auto const* owner :
         {"_acme-challenge.example.com", "_ACME-Challenge.www.example.com", "_acme-challenge.a.b.c.example.com",
          "_account._acme-challenge.example.com", "_acme-challenge.*.example.com"}) {
        CHECK(k.may(owner, "TXT"));
        CHECK_FALSE(k.may(owner, "CNAME"));
    }
    for (auto const* owner : {"example.com", "www.example.com", "_acme-challengex.example.com", "acme-challenge.example.com"})
        CHECK_FALSE(k.may(owner, "TXT"));
    CHECK_FALSE(k.may("_acme-challenge.example.net", "TXT", "example.net"));
    CHECK(k.may("_acme-challenge.example.com", "TXT", "_acme-challenge.example.com"));
    asked const own{{"acme _acme-challenge.www.example.com"}};
    CHECK(own.may("_acme-challenge.www.example.com", "TXT"));
    CHECK_FALSE(own.may("_acme-challenge.example.com", "TXT"));
}

TEST_CASE("The preset dhcp: what DHCP servers write below a name")
{
    asked const k{{"dhcp dyn.example.com"}};
    for (auto const* type : {"A", "AAAA", "PTR", "TXT", "DHCID"})
        CHECK(k.may("pc.dyn.example.com", type));
    for (auto const* type : {"MX", "CNAME", "NS", "SOA", "SRV"})
        CHECK_FALSE(k.may("pc.dyn.example.com", type));
    CHECK(k.why("dyn.example.com", "A") == reason::no_name);
    CHECK(k.may("a.b.dyn.example.com", "A"));
    CHECK(k.why("pc.dyn.example.com", "A", "pc.dyn.example.com") == reason::at_apex);
}

TEST_CASE("The preset external-dns: what it manages in a zone, the apex's NS aside")
{
    asked const k{{"external-dns example.com"}};
    for (auto const* type : {"A", "AAAA", "CNAME", "MX", "TYPE35", "PTR", "SRV", "TXT"}) {
        CHECK(k.may("app.example.com", type));
        CHECK(k.may("example.com", type));
    }
    CHECK(k.may("sub.example.com", "NS"));
    CHECK(k.why("example.com", "NS") == reason::at_apex);
    CHECK_FALSE((k.may("example.com", "SOA") || k.may("app.example.com", "DS") || k.may("app.example.com", "TYPE257")));
}

TEST_CASE("The presets zone and admin cover everything, of a name or of all")
{
    asked const zone{{"example.com"}}, admin{{"*"}};
    for (auto const* owner : {"example.com", "www.example.com"})
        for (auto const* type : {"A", "SOA", "NS", "DNSKEY", "RRSIG"})
            CHECK((zone.may(owner, type) && admin.may(owner, type)));
    CHECK_FALSE(zone.may("example.net", "A", "example.net"));
    CHECK((admin.may("example.net", "A", "example.net") && admin.may(".", "NS", ".")));
}

TEST_CASE("RFC 2136 3.4.2.3: who deletes a whole name needs a grant for each type that stands there")
{
    std::vector<std::string> const pc{"pc.example.com. 300 A 192.0.2.1", "pc.example.com. 300 TXT x",
                                      "pc.example.com. 300 DHCID abcd"};
    auto with_mx = pc;
    with_mx.push_back("pc.example.com. 300 MX 10 mail.example.com.");
    CHECK(zone_for({"dhcp example.com"}, pc).update({"delete pc.example.com."}, "k.").changed);
    auto served = zone_for({"dhcp example.com"}, with_mx);
    auto const o = served.update({"delete pc.example.com."}, "k.");
    CHECK(o.rcode == rcode::refused);
    CHECK(o.reason.find("all of pc.example.com., which has MX") != std::string::npos);
    CHECK((o.name == "pc.example.com." && o.type == rr_type::any));
    CHECK(served.holds(7, with_mx));
    CHECK(zone_for({"dhcp example.com", "example.com types MX"}, with_mx).update({"delete pc.example.com."}, "k.").changed);
    CHECK(zone_for({"host pc.example.com"}, pc).update({"delete pc.example.com."}, "k.").rcode == rcode::refused);
}

TEST_CASE("Deleting a name that is not there needs a grant for the name, and does nothing")
{
    auto const o = zone_for({"dhcp example.com"}).update({"delete gone.example.com."}, "k.");
    CHECK((o.ok() && !o.changed));
    CHECK(zone_for({"host pc.example.com"}).update({"delete gone.example.com."}, "k.").rcode == rcode::refused);
    CHECK(zone_for({"example.com may transfer"}).update({"delete gone.example.com."}, "k.").rcode == rcode::refused);
    CHECK(zone_for({"dhcp example.com"}, {"a.b.example.com. 300 MX 1 x."}).update({"delete b.example.com."}, "k.").ok());
}

TEST_CASE("Deleting the apex asks for all but its SOA and NS, which stay; elsewhere RRSIG and NSEC go with the rest")
{
    std::vector<std::string> const lines{"example.com. 300 TXT x", "a.example.com. 300 A 192.0.2.1"};
    CHECK(zone_for({"example.com apex"}, lines).update({"delete example.com."}, "k.").changed);
    CHECK(zone_for({"+ example.com"}, lines).update({"delete example.com."}, "k.").rcode == rcode::refused);
    CHECK(zone_for({"host example.com"}, lines).update({"delete example.com."}, "k.").rcode == rcode::refused);
    auto const signed_name = std::vector<std::string>{"a.example.com. 300 A 192.0.2.1",
                                                      "a.example.com. 300 TYPE46 000108020000000000000000000000000000016100aa"};
    CHECK(zone_for({"host a.example.com"}, signed_name).update({"delete a.example.com."}, "k.").changed);
    CHECK(zone_for({"host a.example.com"}, signed_name).update({"delete a.example.com. TYPE46"}, "k.").rcode == rcode::refused);
}

TEST_CASE("Policy sees the version that the update before it left, in one batch too")
{
    auto served = zone_for({"host a.example.com"}, {"a.example.com. 300 A 192.0.2.1"});
    auto ring = served.keys->with(tests::key("all.", {"*"}));
    served.keys = std::make_shared<update::key_ring const>(ring);
    update::request mail{tests::make_update("example.com.", "all.", {"add a.example.com. 300 MX 1 x."}), {}};
    update::request away{tests::make_update("example.com.", "k.", {"delete a.example.com."}), {}};
    update::batch b{served.store, served.versions, served.replays, served.keys, served.hosts, served.followed, 0};
    CHECK(b.execute(mail).changed);
    CHECK(b.execute(away).rcode == rcode::refused);
}

TEST_CASE("A key that was disabled, has expired or lost its secret meanwhile is refused")
{
    served_zones served;
    auto record = tests::key("k.", {"*"});
    auto const attempt = [&](dns::tsig_key const* secret) {
        served.keys = std::make_shared<update::key_ring const>(std::vector{record});
        auto u = tests::make_update("example.com.", "k.", {"add a.example.com. 300 A 192.0.2.1"});
        u.secret = secret == nullptr ? served.keys->find(tests::name("k."))->key.get() : secret;
        return served.execute(std::move(u)).rcode;
    };
    CHECK(attempt(nullptr) == rcode::noerror);
    dns::tsig_key const other{tests::name("k."), record.algorithm, record.secret};
    CHECK(attempt(&other) == rcode::refused);
    record.expires = 1;
    CHECK(attempt(nullptr) == rcode::noerror); // at the time 0
    record.is_disabled = true;
    CHECK(attempt(nullptr) == rcode::refused);
}

TEST_CASE("A refusal names the record that it is about, or the first where it is about the key")
{
    auto served = zone_for({"host a.example.com"});
    auto const o = served.update({"add a.example.com. 300 A 192.0.2.1", "add b.example.com. 300 MX 1 x."}, "k.");
    CHECK((o.name == "b.example.com." && o.type == rr_type::mx));
    auto const stranger = served.update({"yxdomain x.example.com.", "add b.example.com. 300 TXT x"}, "other.");
    CHECK((stranger.name == "b.example.com." && stranger.type == rr_type::txt));
    auto const unmet = served.update({"yxdomain x.example.com.", "add a.example.com. 300 A 192.0.2.1"}, "k.");
    CHECK((unmet.rcode == rcode::nxdomain && unmet.name == "x.example.com." && unmet.type == rr_type::any));
}

TEST_CASE("What a name's check costs does not grow with the grants of the key")
{
    std::vector<std::string> grants;
    for (std::size_t i = 0; i < update::max_grants_per_key; ++i)
        grants.push_back("host h" + std::to_string(i) + ".example.com");
    asked const k{grants};
    std::size_t looked_at = 0;
    auto const count = [&](auto const&) { return ++looked_at, false; };
    k.of.grants->any_above(tests::name("h4000.example.com"), count);
    CHECK(looked_at == 1);
    CHECK(k.may("h4000.example.com", "A"));
    CHECK_FALSE(k.may("h5000.example.com", "A"));
}
