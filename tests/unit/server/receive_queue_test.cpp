#include "server/receive_queue.hpp"

#include "server/file_descriptor.hpp"
#include "server/socket_address.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/socket.h>

#include <array>

using namespace homing::server;

TEST_CASE("what a socket's receive queue cannot hold is counted")
{
    file_descriptor const from{::socket(AF_INET, SOCK_DGRAM, 0)}, to{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
    int const small = 4096;
    REQUIRE(::setsockopt(to.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    auto address = *socket_address::from_text("127.0.0.1", 0);
    socklen_t size = socket_address::capacity;
    REQUIRE(::bind(to.get(), address.data(), address.size()) == 0);
    REQUIRE(::getsockname(to.get(), address.data(), &size) == 0);
    auto const before = read_receive_queue(to.get());
    CHECK(before.drops == 0);
    CHECK(before.octets == 0);
    CHECK(before.limit > 0);

    std::array<char, 100> datagram{};
    constexpr std::uint64_t sent = 1000;
    for (std::uint64_t i = 0; i < sent; ++i)
        REQUIRE(::sendto(from.get(), datagram.data(), datagram.size(), 0, address.data(), address.size()) == 100);
    auto const full = read_receive_queue(to.get());
    CHECK(full.octets > 0);
    std::uint64_t received = 0;
    while (::recv(to.get(), datagram.data(), datagram.size(), 0) > 0)
        ++received;
    CHECK(full.drops > 0);
    CHECK(received + full.drops == sent);
}

TEST_CASE("what is no socket has no queue")
{
    auto const none = read_receive_queue(-1);
    CHECK(none.drops == 0);
    CHECK(none.limit == 0);
}
