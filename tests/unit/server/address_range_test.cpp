#include "server/address_range.hpp"
#include "update/dyndns2.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace homing;
using namespace homing::server;

namespace {

std::vector<std::uint8_t> octets(std::string_view text)
{
    return update::address_from_text(text).value();
}

} // namespace

TEST_CASE("a range contains the addresses that share its bits, of its family")
{
    auto const r = address_range::parse("10.1.2.3/20").value();
    CHECK(r.contains(octets("10.1.15.255")));
    CHECK_FALSE(r.contains(octets("10.1.16.0")));
    CHECK_FALSE(r.contains(octets("2001:db8::1")));
    CHECK(address_range::parse("2001:db8::/33").value().contains(octets("2001:db8:7fff::1")));
    CHECK_FALSE(address_range::parse("2001:db8::/33").value().contains(octets("2001:db8:8000::1")));
    CHECK(address_range::parse("192.0.2.1").value().contains(octets("192.0.2.1")));
    CHECK_FALSE(address_range::parse("192.0.2.1").value().contains(octets("192.0.2.2")));
    CHECK(address_range::parse("0.0.0.0/0").value().contains(octets("192.0.2.2")));
}

TEST_CASE("what is no range is refused")
{
    auto const text = GENERATE("", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0/8", "::/129",
                               "localhost", "10.0.0.0/-1");
    INFO(text);
    CHECK_FALSE(address_range::parse(text).has_value());
}

TEST_CASE("this machine's own addresses are known")
{
    CHECK(is_loopback(octets("127.9.9.9")));
    CHECK(is_loopback(octets("::1")));
    CHECK_FALSE(is_loopback(octets("128.0.0.1")));
    CHECK_FALSE(is_loopback(octets("2001:db8::1")));
}
