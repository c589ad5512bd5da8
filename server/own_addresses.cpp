#include "server/own_addresses.hpp"

#include "server/address_range.hpp"

#include <algorithm>
#include <array>

#include <ifaddrs.h>

namespace homing::server {

namespace {

constexpr std::chrono::minutes looks_again_after{1};

std::vector<address_range> const& nobodys()
{
    static std::vector<address_range> const ranges = [] {
        std::vector<address_range> all;
        for (char const* const text : {"0.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/128",
                                       "2001:db8::/32", "ff00::/8"})
            all.push_back(address_range::parse(text).value());
        return all;
    }();
    return ranges;
}

} // namespace

void own_addresses::refresh()
{
    auto const now = std::chrono::steady_clock::now();
    if (now < fresh_until_)
        return;
    fresh_until_ = now + looks_again_after;
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0)
        return;
    interfaces_.clear();
    for (auto const* i = all; i != nullptr; i = i->ifa_next) {
        if (i->ifa_addr == nullptr || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
            continue;
        socket_address a;
        std::copy_n(reinterpret_cast<std::uint8_t const*>(i->ifa_addr),
                    i->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6),
                    reinterpret_cast<std::uint8_t*>(a.data()));
        interfaces_.emplace(a.octets().begin(), a.octets().end());
    }
    ::freeifaddrs(all);
}

bool own_addresses::has(socket_address const& a, std::span<socket_address const> listening)
{
    refresh();
    auto const octets = a.octets();
    bool const is_here = interfaces_.contains(std::string{octets.begin(), octets.end()}) || is_loopback(octets);
    return std::ranges::any_of(listening, [&](socket_address const& l) {
        return l.port() == a.port() &&
               (l.is_wildcard() ? is_here && (l.is_v6() == a.is_v6()) : l.is_same_host(a));
    });
}

bool may_be_told(socket_address const& a)
{
    return !contains(nobodys(), a.octets());
}

} // namespace homing::server
