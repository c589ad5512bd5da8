#include "server/commands/new_zone.hpp"

#include "zone/check.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

dns::name name(char const* text)
{
    return *dns::name::from_text(text);
}

} // namespace

TEST_CASE("a name server comes with an address or without")
{
    auto const origin = name("example.com");
    auto const plain = read_name_server("ns.example.net", origin);
    REQUIRE(plain.has_value());
    CHECK(plain->address.empty());
    auto const v4 = read_name_server("ns1.example.com=192.0.2.1", origin);
    REQUIRE(v4.has_value());
    CHECK(v4->host == name("ns1.example.com"));
    CHECK(v4->address == std::vector<std::uint8_t>{192, 0, 2, 1});
    auto const v6 = read_name_server("ns1.example.com=2001:db8::1", origin);
    REQUIRE(v6.has_value());
    CHECK(v6->address.size() == 16);
}

TEST_CASE("a name server that cannot be is refused")
{
    auto const origin = name("example.com");
    CHECK_FALSE(read_name_server("ns1.example.com=", origin).has_value());
    CHECK_FALSE(read_name_server("ns1.example.com=192.0.2", origin).has_value());
    CHECK_FALSE(read_name_server("a..b", origin).has_value());
    CHECK_FALSE(read_name_server("ns.example.net=192.0.2.1", origin).has_value());
}

TEST_CASE("a mailbox becomes a name, its dots escaped")
{
    CHECK(read_mailbox("admin@example.com")->to_string() == "admin.example.com.");
    CHECK(read_mailbox("a.b@example.com")->to_string() == "a\\.b.example.com.");
    CHECK(read_mailbox("hostmaster.example.com")->to_string() == "hostmaster.example.com.");
    CHECK_FALSE(read_mailbox("@example.com").has_value());
    CHECK_FALSE(read_mailbox("admin@").has_value());
    CHECK_FALSE(read_mailbox("a@b@example.com").has_value());
    CHECK_FALSE(read_mailbox("admin").has_value());
}

TEST_CASE("a new zone is sound and starts at serial 1")
{
    auto const origin = name("Example.com");
    std::vector<name_server> const servers{{name("ns1.example.com"), {192, 0, 2, 1}}, {name("ns.example.net"), {}}};
    auto const zone = make_zone(origin, servers, name("hostmaster.example.com"));
    CHECK(zone::check(zone).empty());
    CHECK(zone.record_count() == 4);
    auto const soa = zone.find(origin, dns::rr_type::soa);
    REQUIRE(soa);
    auto const set = dns::rrset::from_packed(soa->type, soa->ttl, soa->packed);
    REQUIRE(set);
    auto const fields = dns::read_soa(set->front());
    CHECK(fields.serial == 1);
    CHECK(fields.mname == name("ns1.example.com"));
    CHECK(fields.minimum == 60);
}
