#include "agent/ip_address.hpp"

#include "dns/presentation_encoding.hpp"
#include "dns/presentation_token.hpp"

#include <algorithm>

namespace homing::agent {

namespace {

struct block {
    char const* prefix;
    reach what;
};

/// What is not global; the first that fits counts.
constexpr block blocks[] = {
    {"0.0.0.0/8", reach::nowhere},   {"127.0.0.0/8", reach::nowhere}, {"169.254.0.0/16", reach::nowhere},
    {"224.0.0.0/3", reach::nowhere}, {"10.0.0.0/8", reach::site},     {"100.64.0.0/10", reach::site},
    {"172.16.0.0/12", reach::site},  {"192.168.0.0/16", reach::site}, {"192.0.0.0/24", reach::site},
    {"2000::/3", reach::global},     {"fc00::/7", reach::site},       {"64:ff9b::/96", reach::global},
    {"::/0", reach::nowhere},
};

} // namespace

std::string_view to_string(address_family f) noexcept
{
    return f == address_family::ipv4 ? "IPv4" : "IPv6";
}

ip_address::ip_address(address_family f, std::span<std::uint8_t const> octets) noexcept : family_{f}
{
    std::copy_n(octets.begin(), std::min(octets.size(), octets_.size()), octets_.begin());
}

std::optional<ip_address> ip_address::from_text(std::string_view text)
{
    std::vector<std::uint8_t> octets;
    if (dns::append_ipv4(text, octets))
        return ip_address{address_family::ipv4, octets};
    octets.clear();
    if (dns::append_ipv6(text, octets))
        return ip_address{address_family::ipv6, octets};
    return {};
}

std::string ip_address::to_string() const
{
    std::string text;
    if (family_ == address_family::ipv4)
        dns::print_ipv4(text, octets());
    else
        dns::print_ipv6(text, octets());
    return text;
}

bool ip_address::is_in(ip_address const& prefix, unsigned length) const noexcept
{
    if (family_ != prefix.family_)
        return false;
    unsigned const whole = length / 8, rest = length % 8;
    if (!std::equal(octets_.begin(), octets_.begin() + whole, prefix.octets_.begin()))
        return false;
    return rest == 0 || ((octets_[whole] ^ prefix.octets_[whole]) >> (8 - rest)) == 0;
}

std::optional<ip_prefix> ip_prefix::from_text(std::string_view text)
{
    auto const slash = text.find('/');
    auto const address = ip_address::from_text(text.substr(0, slash));
    if (slash == text.npos || !address)
        return {};
    auto const length = dns::read_number(text.substr(slash + 1), address->family() == address_family::ipv4 ? 32 : 128);
    if (!length)
        return {};
    return ip_prefix{*address, static_cast<std::uint8_t>(*length)};
}

reach reach_of(ip_address const& a) noexcept
{
    static auto const known = [] {
        std::array<std::pair<ip_prefix, reach>, std::size(blocks)> all;
        std::transform(std::begin(blocks), std::end(blocks), all.begin(), [](block const& b) {
            return std::pair{*ip_prefix::from_text(b.prefix), b.what};
        });
        return all;
    }();
    for (auto const& [prefix, what] : known)
        if (prefix.contains(a))
            return what;
    return reach::global;
}

std::optional<std::uint16_t> port_from_text(std::string_view text) noexcept
{
    auto const port = dns::read_number(text, 65535);
    return port && *port != 0 ? std::optional{static_cast<std::uint16_t>(*port)} : std::nullopt;
}

std::optional<endpoint> endpoint::from_text(std::string_view text)
{
    if (auto const alone = ip_address::from_text(text))
        return endpoint{*alone};
    auto const colon = text.rfind(':');
    if (colon == text.npos)
        return {};
    auto host = text.substr(0, colon);
    bool const has_brackets = host.starts_with('[') && host.ends_with(']');
    if (has_brackets)
        host = host.substr(1, host.size() - 2);
    auto const address = ip_address::from_text(host);
    auto const port = port_from_text(text.substr(colon + 1));
    if (!address || !port || has_brackets != (address->family() == address_family::ipv6))
        return {};
    return endpoint{*address, *port};
}

std::string endpoint::to_string() const
{
    auto const host = address.to_string();
    return (address.family() == address_family::ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

} // namespace homing::agent
