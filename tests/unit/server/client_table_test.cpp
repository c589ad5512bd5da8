#include "server/client_table.hpp"

#include <catch2/catch_test_macros.hpp>

using homing::server::client_table;
using homing::server::socket_address;
using verdict = client_table::verdict;

namespace {

socket_address client(char const* address)
{
    return *socket_address::from_text(address, 40000);
}

} // namespace

TEST_CASE("a client gets so many connections, and another one's are its own")
{
    client_table table{100, 2};
    CHECK(table.enter(client("192.0.2.1")) == verdict::admitted);
    CHECK(table.enter(client("192.0.2.1")) == verdict::admitted);
    CHECK(table.enter(client("192.0.2.1")) == verdict::too_many_of_client);
    CHECK(table.enter(client("192.0.2.2")) == verdict::admitted);
    table.leave(client("192.0.2.1"));
    CHECK(table.enter(client("192.0.2.1")) == verdict::admitted);
}

TEST_CASE("all clients together get so many connections")
{
    client_table table{2, 2};
    CHECK(table.enter(client("192.0.2.1")) == verdict::admitted);
    CHECK(table.enter(client("192.0.2.2")) == verdict::admitted);
    CHECK(table.enter(client("192.0.2.3")) == verdict::too_many);
    CHECK(table.connections() == 2);
    table.leave(client("192.0.2.1"));
    table.leave(client("192.0.2.2"));
    CHECK(table.connections() == 0);
    CHECK(table.enter(client("192.0.2.3")) == verdict::admitted);
}

TEST_CASE("an IPv6 client is a /64")
{
    client_table table{100, 1};
    CHECK(table.enter(client("2001:db8::1")) == verdict::admitted);
    CHECK(table.enter(client("2001:db8::2")) == verdict::too_many_of_client);
    CHECK(table.enter(client("2001:db8:0:1::1")) == verdict::admitted);
}

TEST_CASE("the port of a client does not matter")
{
    client_table table{100, 1};
    CHECK(table.enter(*socket_address::from_text("192.0.2.1", 1)) == verdict::admitted);
    CHECK(table.enter(*socket_address::from_text("192.0.2.1", 2)) == verdict::too_many_of_client);
}

TEST_CASE("one may enter beyond the total, but not beyond what a client may have")
{
    client_table table{1, 1};
    CHECK(table.enter(client("192.0.2.1")) == verdict::admitted);
    CHECK(table.enter_beyond_total(client("192.0.2.2")) == verdict::admitted);
    CHECK(table.connections() == 2);
    CHECK(table.enter_beyond_total(client("192.0.2.1")) == verdict::too_many_of_client);
    table.leave(client("192.0.2.2"));
    CHECK(table.enter(client("192.0.2.3")) == verdict::too_many);
}
