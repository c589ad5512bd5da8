#include "server/socket_address.hpp"

#include <catch2/catch_test_macros.hpp>

using homing::server::socket_address;

TEST_CASE("an address is printed for people and for logs")
{
    auto const v4 = *socket_address::from_text("192.0.2.1", 53124);
    CHECK(v4.to_string() == "192.0.2.1:53124");
    CHECK(v4.to_client_string() == "192.0.2.1#53124");
    CHECK(v4.host() == "192.0.2.1");
    auto const v6 = *socket_address::from_text("2001:DB8::1", 53);
    CHECK(v6.to_string() == "[2001:db8::1]:53");
    CHECK(v6.to_client_string() == "2001:db8::1#53");
    CHECK(v6.is_v6());
}

TEST_CASE("the port can be set later")
{
    auto address = *socket_address::from_text("::1", 0);
    address.port(5300);
    CHECK(address.port() == 5300);
    CHECK(address.to_string() == "[::1]:5300");
}

TEST_CASE("only the unspecified addresses are wildcards")
{
    CHECK(socket_address::from_text("0.0.0.0", 53)->is_wildcard());
    CHECK(socket_address::from_text("::", 53)->is_wildcard());
    CHECK_FALSE(socket_address::from_text("127.0.0.1", 53)->is_wildcard());
    CHECK_FALSE(socket_address::from_text("::1", 53)->is_wildcard());
}

TEST_CASE("a scope may be a number")
{
    CHECK(socket_address::from_text("fe80::1%7", 53)->to_string() == "[fe80::1%7]:53");
    CHECK_FALSE(socket_address::from_text("fe80::1%", 53).has_value());
}
