#include "agent/address_choice.hpp"

#include <catch2/catch_test_macros.hpp>

#include <linux/if_addr.h>

using namespace homing::agent;

namespace {

constexpr std::uint32_t for_ever = 0xFFFFFFFF;

own_address at(char const* text, unsigned interface = 2, std::uint32_t flags = IFA_F_PERMANENT, std::uint32_t valid = for_ever)
{
    return {*ip_address::from_text(text), interface, flags, 0, valid};
}

std::string chosen(std::vector<own_address> const& usable, address_family f, choice_rules const& rules = {},
                   std::vector<ip_address> const& told = {})
{
    auto const a = choose(usable, f, rules, told);
    return a ? a->to_string() : "-";
}

} // namespace

TEST_CASE("one address of each family, and a global one")
{
    std::vector const all{at("192.168.1.2"), at("203.0.113.1"), at("fd00::1"), at("2001:db8::1"), at("127.0.0.2")};
    CHECK(chosen(all, address_family::ipv4) == "203.0.113.1");
    CHECK(chosen(all, address_family::ipv6) == "2001:db8::1");
    CHECK(chosen({at("10.0.0.1"), at("fd00::1")}, address_family::ipv4) == "-");
    CHECK(chosen({at("10.0.0.1"), at("fd00::1")}, address_family::ipv6) == "-");
    CHECK(chosen({}, address_family::ipv4) == "-");
}

TEST_CASE("addresses of a site are told where one says so, and only instead of a global one")
{
    choice_rules rules;
    rules.site_too = true;
    CHECK(chosen({at("10.0.0.1")}, address_family::ipv4, rules) == "10.0.0.1");
    CHECK(chosen({at("10.0.0.1"), at("203.0.113.1")}, address_family::ipv4, rules) == "203.0.113.1");
    CHECK(chosen({at("fd00::1"), at("fe80::1")}, address_family::ipv6, rules) == "fd00::1");
    CHECK(chosen({at("169.254.1.1")}, address_family::ipv4, rules) == "-");
}

TEST_CASE("an interface and a prefix can be asked for")
{
    std::vector const all{at("203.0.113.1", 2), at("198.51.100.1", 3), at("10.1.2.3", 4)};
    choice_rules rules;
    rules.interface = 3;
    CHECK(chosen(all, address_family::ipv4, rules) == "198.51.100.1");
    rules = {};
    rules.prefixes = {*ip_prefix::from_text("10.0.0.0/8")};
    CHECK(chosen(all, address_family::ipv4, rules) == "10.1.2.3");
    rules.prefixes = {*ip_prefix::from_text("2001:db8::/32")}; // says nothing of IPv4
    CHECK(chosen(all, address_family::ipv4, rules) == "203.0.113.1");
    CHECK(chosen({at("2600::1")}, address_family::ipv6, rules) == "-");
}

TEST_CASE("of several the one that is told stays; else the one that lasts longest")
{
    std::vector const all{at("2001:db8::9", 2, 0, 600), at("2001:db8::8", 3, 0, 7200), at("2001:db8::7", 4),
                          at("2001:db8::6", 5)};
    CHECK(chosen(all, address_family::ipv6) == "2001:db8::7");
    CHECK(chosen(all, address_family::ipv6, {}, {*ip_address::from_text("2001:db8::9")}) == "2001:db8::9");
    CHECK(chosen({all[0], all[1]}, address_family::ipv6) == "2001:db8::8");
    CHECK(chosen({at("203.0.113.1", 2, IFA_F_PERMANENT | IFA_F_SECONDARY), at("203.0.113.9")}, address_family::ipv4) ==
          "203.0.113.9");
    CHECK(chosen({at("203.0.113.9"), at("203.0.113.1")}, address_family::ipv4) == "203.0.113.1"); // whatever their order
}
