#include "agent/ip_address.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::agent;

TEST_CASE("addresses are read and written as text")
{
    for (auto const* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "fe80::1:2"})
        CHECK(ip_address::from_text(text)->to_string() == text);
    for (auto const* text :
         {"", "192.0.2", "192.0.2.256", "192.0.2.1.", "example.com", ":::", "2001:db8::1%eth0", "192.0.2.1/24"})
        CHECK_FALSE(ip_address::from_text(text));
}

TEST_CASE("an endpoint has a port, or 53")
{
    CHECK(endpoint::from_text("192.0.2.1")->to_string() == "192.0.2.1:53");
    CHECK(endpoint::from_text("192.0.2.1:5300")->to_string() == "192.0.2.1:5300");
    CHECK(endpoint::from_text("2001:db8::1")->to_string() == "[2001:db8::1]:53");
    CHECK(endpoint::from_text("[2001:db8::1]:853")->port == 853);
    for (auto const* text :
         {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "[192.0.2.1]:53", "[2001:db8::1]", "ns1.example.com:53", ""})
        CHECK_FALSE(endpoint::from_text(text));
}

TEST_CASE("a prefix holds the addresses that begin with it")
{
    auto const in = [](char const* address, char const* prefix) {
        return ip_prefix::from_text(prefix)->contains(*ip_address::from_text(address));
    };
    CHECK(in("203.0.113.9", "203.0.113.0/24"));
    CHECK(in("203.0.113.9", "203.0.113.8/30"));
    CHECK_FALSE(in("203.0.113.12", "203.0.113.8/30"));
    CHECK(in("203.0.113.9", "0.0.0.0/0"));
    CHECK(in("203.0.113.9", "203.0.113.9/32"));
    CHECK_FALSE(in("203.0.113.9", "203.0.113.8/32"));
    CHECK(in("2001:db8:1::1", "2001:db8::/33"));
    CHECK_FALSE(in("2001:db8:8000::1", "2001:db8::/33"));
    CHECK_FALSE(in("203.0.113.9", "::/0"));
    for (auto const* text : {"203.0.113.0", "203.0.113.0/33", "2001:db8::/129", "/24", "203.0.113.0/", "203.0.113.0/-1"})
        CHECK_FALSE(ip_prefix::from_text(text));
}

TEST_CASE("an address is global, of a site, or for nobody else")
{
    for (auto const* text : {"203.0.113.1", "1.1.1.1", "172.32.0.1", "192.169.0.1", "2001:db8::1", "2600::1", "64:ff9b::1"})
        CHECK(reach_of(*ip_address::from_text(text)) == reach::global);
    for (auto const* text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd00::1", "fc00::1"})
        CHECK(reach_of(*ip_address::from_text(text)) == reach::site);
    for (auto const* text :
         {"127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "ff02::1"})
        CHECK(reach_of(*ip_address::from_text(text)) == reach::nowhere);
}
