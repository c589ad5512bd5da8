#include "server/bound_sockets.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/socket.h>

#include <algorithm>

using namespace homing::server;

namespace {

auto bind_text(char const* text, unsigned workers)
{
    std::vector<listen_address> const wanted{*listen_address::parse(text)};
    return bind_sockets(wanted, workers);
}

std::uint16_t port_of(file_descriptor const& fd)
{
    socket_address address;
    socklen_t size = socket_address::capacity;
    REQUIRE(::getsockname(fd.get(), address.data(), &size) == 0);
    return address.port();
}

} // namespace

TEST_CASE("every worker has its own sockets on one port, UDP and TCP alike")
{
    auto const sockets = bind_text("127.0.0.1:0", 3);
    REQUIRE(sockets.has_value());
    REQUIRE(sockets->size() == 3);
    auto const port = sockets->front().front().address.port();
    CHECK(port != 0);
    for (auto const& worker : *sockets) {
        REQUIRE(worker.size() == 1);
        CHECK(port_of(worker[0].udp) == port);
        CHECK(port_of(worker[0].tcp) == port);
    }
}

TEST_CASE("an address that another server of the same user has is refused")
{
    auto const first = bind_text("127.0.0.1:0", 1);
    REQUIRE(first.has_value());
    auto const taken = first->front().front().address.to_string();
    auto const second = bind_text(taken.c_str(), 1);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().message.find("cannot listen on udp " + taken) == 0);
}

TEST_CASE("ports that the kernel chooses are never shared with another server")
{
    std::vector<std::uint16_t> ports;
    std::vector<std::vector<std::vector<bound_sockets>>> held;
    for (int i = 0; i < 50; ++i) {
        auto sockets = bind_text("127.0.0.1:0", 1);
        REQUIRE(sockets.has_value());
        auto const port = sockets->front().front().address.port();
        CHECK(std::find(ports.begin(), ports.end(), port) == ports.end());
        ports.push_back(port);
        held.push_back(std::move(*sockets));
    }
}

TEST_CASE("an address given twice, or within a wildcard, is bound once")
{
    auto const port = bind_text("127.0.0.1:0", 1)->front().front().address.port();
    auto const text = std::to_string(port);
    std::vector<listen_address> const wanted{*listen_address::parse("0.0.0.0:" + text),
                                             *listen_address::parse("127.0.0.1:" + text),
                                             *listen_address::parse("0.0.0.0:" + text)};
    auto const sockets = bind_sockets(wanted, 1);
    REQUIRE(sockets.has_value());
    CHECK(sockets->front().size() == 1);
}

TEST_CASE("an address of another machine is refused with what is wrong")
{
    auto const sockets = bind_text("192.0.2.1:5300", 1);
    REQUIRE_FALSE(sockets.has_value());
    CHECK(sockets.error().message.find("this machine has no such address") != std::string::npos);
}
