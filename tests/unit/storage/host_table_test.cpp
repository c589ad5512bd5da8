#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;
using Catch::Matchers::Contains;

namespace {

host_record make(char const* name)
{
    host_record h;
    h.name = *dns::name::from_text(name);
    return h;
}

void put(store& s, host_record const& h)
{
    operation const op = host_put{&h};
    REQUIRE(s.commit({&op, 1}));
}

} // namespace

TEST_CASE("a host is stored with all that is known of it, and replaced by the next one of its name")
{
    temporary_directory const dir;
    host_record h = make("home.example.com");
    {
        auto s = open(dir.data());
        put(*s, h);
        h.ttl = 300;
        h.ipv6_suffix = ipv6_octets{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
        h.expire = 86400;
        h.ipv4 = {192, 0, 2, 1, 192, 0, 2, 2};
        h.ipv6.assign(16, 7);
        h.changed_ms = 1000;
        h.confirmed_ms = 2000;
        h.key = "home.example.com.";
        h.address = "192.0.2.1#5";
        h.via = "http";
        h.is_lapsed = true;
        put(*s, h);
    }
    auto s = open(dir.data());
    auto const hosts = s->load_hosts();
    REQUIRE(hosts);
    REQUIRE(hosts->size() == 1);
    host_record const& read = hosts->front();
    CHECK(read.name == h.name);
    CHECK(read.ttl == 300);
    CHECK(read.ipv6_suffix == h.ipv6_suffix);
    CHECK(read.expire == 86400);
    CHECK(read.ipv4 == h.ipv4);
    CHECK(read.ipv6 == h.ipv6);
    CHECK(read.changed_ms == 1000);
    CHECK(read.confirmed_ms == 2000);
    CHECK((read.key + read.address + read.via) == "home.example.com.192.0.2.1#5http");
    CHECK(read.is_lapsed);
}

TEST_CASE("a host without an address or a suffix is stored, and removed in whatever case it is named")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    host_record const h = make("a.example"), other = make("b.example");
    put(*s, h);
    put(*s, other);
    dns::name const shouted = *dns::name::from_text("A.Example");
    operation const op = host_removed{shouted};
    REQUIRE(s->commit({&op, 1}));
    auto const hosts = s->load_hosts();
    REQUIRE(hosts);
    REQUIRE(hosts->size() == 1);
    CHECK(hosts->front().name == other.name);
    CHECK_FALSE(hosts->front().ipv6_suffix);
    CHECK_FALSE(hosts->front().has_addresses());
}

TEST_CASE("a damaged host ends the start with a sentence")
{
    temporary_directory const dir;
    {
        auto s = open(dir.data());
        put(*s, make("a.example"));
    }
    connection{dir.database()}.execute("UPDATE host SET name = x'99'");
    auto s = open(dir.data());
    auto const hosts = s->load_hosts();
    REQUIRE_FALSE(hosts);
    CHECK_THAT(hosts.error().message, Contains("is damaged") && Contains("host"));
}

TEST_CASE("a lease runs from the last confirmation, and not for a host without addresses or without a lease")
{
    host_record h = make("a.example");
    h.expire = 10;
    h.confirmed_ms = 5000;
    CHECK(h.lapses_ms() == 0);
    h.ipv4 = {192, 0, 2, 1};
    CHECK(h.lapses_ms() == 15000);
    h.is_lapsed = true;
    CHECK(h.lapses_ms() == 0);
    h.is_lapsed = false;
    h.expire = 0;
    CHECK(h.lapses_ms() == 0);
}
