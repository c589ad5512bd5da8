// IP addresses, of one's own and of servers. Plain values; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace homing::agent {

enum class address_family : std::uint8_t { ipv4, ipv6 };
inline constexpr address_family families[] = {address_family::ipv4, address_family::ipv6};
constexpr std::size_t index_of(address_family f) noexcept
{
    return static_cast<std::size_t>(f);
}
/// "IPv4", "IPv6"
std::string_view to_string(address_family) noexcept;

class ip_address {
public:
    ip_address() = default;
    /// Precondition: as many octets as the family has.
    ip_address(address_family, std::span<std::uint8_t const>) noexcept;

    /// "192.0.2.1", "2001:db8::1"; nothing if malformed.
    static std::optional<ip_address> from_text(std::string_view);

    address_family family() const noexcept { return family_; }
    std::span<std::uint8_t const> octets() const noexcept { return {octets_.data(), family_ == address_family::ipv4 ? 4U : 16U}; }
    std::string to_string() const;

    /// The first `length` bits are those of `prefix`. False for another family.
    bool is_in(ip_address const& prefix, unsigned length) const noexcept;

    friend auto operator<=>(ip_address const&, ip_address const&) noexcept = default;

private:
    address_family family_ = address_family::ipv4;
    std::array<std::uint8_t, 16> octets_{}; // those that the family does not have are 0
};

struct ip_prefix {
    ip_address address;
    std::uint8_t length = 0;

    /// "2001:db8::/32"
    static std::optional<ip_prefix> from_text(std::string_view);
    bool contains(ip_address const& a) const noexcept { return a.is_in(address, length); }
};

/// What an address can be used for.
enum class reach : std::uint8_t {
    nowhere, ///< loopback, link-local, multicast, unspecified and such
    site,    ///< RFC 1918, RFC 6598, ULA (RFC 4193)
    global
};
reach reach_of(ip_address const&) noexcept;

/// Where a server answers.
struct endpoint {
    ip_address address;
    std::uint16_t port = 53;

    /// "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"; nothing if it is no address.
    static std::optional<endpoint> from_text(std::string_view);
    std::string to_string() const;

    friend bool operator==(endpoint const&, endpoint const&) noexcept = default;
};

/// A port from text; nothing if it is none, or 0.
std::optional<std::uint16_t> port_from_text(std::string_view) noexcept;

} // namespace homing::agent
