// An IPv4 or IPv6 address with a port, in the form that the kernel takes and gives. A plain value; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <netinet/in.h>

namespace homing::server {

class socket_address {
public:
    /// 0.0.0.0:0
    socket_address() noexcept : v4_{} { v4_.sin_family = AF_INET; }

    /// From a numeric address without brackets: "192.0.2.1", "2001:db8::1", "fe80::1%eth0". Names are never looked up.
    /// Nothing if malformed.
    static std::optional<socket_address> from_text(std::string_view address, std::uint16_t port);

    bool is_v6() const noexcept { return any_.sa_family == AF_INET6; }
    bool is_wildcard() const noexcept;
    std::uint16_t port() const noexcept;
    void port(std::uint16_t) noexcept;

    sockaddr const* data() const noexcept { return &any_; }
    sockaddr* data() noexcept { return &any_; }
    socklen_t size() const noexcept { return is_v6() ? sizeof v6_ : sizeof v4_; }
    static constexpr socklen_t capacity = sizeof(sockaddr_in6);

    /// Of the address alone: 4 or 16.
    std::span<std::uint8_t const> octets() const noexcept;

    /// The same host, whatever the ports, and whatever interface an IPv6 address of a link is meant to be on.
    bool is_same_host(socket_address const& other) const noexcept { return std::ranges::equal(octets(), other.octets()); }
    /// The same host and port.
    friend bool operator==(socket_address const& a, socket_address const& b) noexcept
    {
        return a.port() == b.port() && a.is_same_host(b);
    }

    /// "127.0.0.1:53", "[::1]:53"
    std::string to_string() const;
    /// "192.0.2.1#53124", as DNS servers log a client.
    std::string to_client_string() const;
    /// The address alone: "192.0.2.1", "2001:db8::1".
    std::string host() const;

private:
    union {
        sockaddr any_;
        sockaddr_in v4_;
        sockaddr_in6 v6_;
    };
};

} // namespace homing::server
