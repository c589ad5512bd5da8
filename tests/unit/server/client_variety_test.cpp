#include "server/client_variety.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;

namespace {

socket_address client(char const* address, std::uint16_t port = 40000)
{
    return *socket_address::from_text(address, port);
}

client_variety::view seen(std::initializer_list<socket_address> clients)
{
    client_variety variety;
    for (auto const& c : clients)
        variety.see(c);
    return variety.look();
}

} // namespace

TEST_CASE("one address is told from several, whatever the ports; loopback does not count")
{
    CHECK_FALSE(seen({}).first.has_value());
    CHECK_FALSE(seen({client("127.0.0.1"), client("127.1.2.3"), client("::1")}).first.has_value());
    auto const one = seen({client("172.17.0.1"), client("127.0.0.1"), client("172.17.0.1", 5353)});
    CHECK_FALSE(one.is_many);
    CHECK(one.first->host() == "172.17.0.1");
    CHECK(one.batches == 2);
    CHECK(seen({client("172.17.0.1"), client("172.17.0.2")}).is_many);
    CHECK(seen({client("2001:db8::1"), client("192.0.2.1")}).is_many);
    CHECK_FALSE(seen({client("2001:db8::1"), client("2001:db8::1", 53)}).is_many);
}

TEST_CASE("workers together have seen several if their only ones differ")
{
    auto const a = seen({client("192.0.2.1"), client("192.0.2.1")}), same = seen({client("192.0.2.1")});
    auto const combined = client_variety::combine(a, same);
    CHECK_FALSE(combined.is_many);
    CHECK(combined.batches == 3);
    CHECK(client_variety::combine(a, seen({client("192.0.2.2")})).is_many);
    CHECK(client_variety::combine({}, a).first->host() == "192.0.2.1");
    CHECK(client_variety::combine(a, {}).batches == 2);
    CHECK(client_variety::combine(a, seen({client("192.0.2.1"), client("192.0.2.7")})).is_many);
}
