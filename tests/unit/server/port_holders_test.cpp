#include "server/port_holders.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/socket.h>
#include <unistd.h>

using namespace homing::server;

TEST_CASE("a line of /proc/net/udp and the like says what listens, and by which socket")
{
    // As on a machine that has its lowest octet first, which all are that this runs on.
    auto const udp = read_socket_line(
        "  117: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 20145 2 0 0", false);
    REQUIRE(udp.has_value());
    CHECK(udp->address.to_string() == "127.0.0.53:53");
    CHECK(udp->inode == 20145);
    auto const v6 = read_socket_line("   1: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 0A "
                                     "00000000:00000000 00:00000000 00000000 0 0 77 1 0",
                                     true);
    REQUIRE(v6.has_value());
    CHECK(v6->address.to_string() == "[::1]:53");
    CHECK(v6->inode == 77);
}

TEST_CASE("heads, connections and what is cut off are passed over")
{
    CHECK_FALSE(read_socket_line(
                    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", false)
                    .has_value());
    CHECK_FALSE(read_socket_line("   1: 0100007F:0035 0100007F:9999 01 00000000:00000000 00:00000000 00000000 0 0 77 1 0", true)
                    .has_value());
    CHECK_FALSE(read_socket_line("   1: 0100007F:0035 00000000:0000 0A 00000000:00000000", true).has_value());
    CHECK_FALSE(read_socket_line("   1: 0100:0035 00000000:0000 0A 0:0 0:0 0 0 0 77", true).has_value());
    CHECK_FALSE(read_socket_line("", true).has_value());
}

TEST_CASE("what this process listens on is found under its name")
{
    int const fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&any), size) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&any), &size) == 0);
    bool found = false;
    for (auto const& h : holders_of_port(ntohs(any.sin_port)))
        found = found || (h.protocol == "udp" && h.address.host() == "127.0.0.1" &&
                          h.process.find("(process " + std::to_string(::getpid()) + ")") != std::string::npos);
    CHECK(found);
    ::close(fd);
}
