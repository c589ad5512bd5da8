#include "server/client_variety.hpp"

#include <cstring>
#include <span>

namespace homing::server {

namespace {

std::span<std::uint8_t const> octets_of(socket_address const& a) noexcept
{
    if (a.is_v6())
        return {reinterpret_cast<sockaddr_in6 const*>(a.data())->sin6_addr.s6_addr, 16};
    return {reinterpret_cast<std::uint8_t const*>(&reinterpret_cast<sockaddr_in const*>(a.data())->sin_addr), 4};
}

} // namespace

bool client_variety::is_same_host(socket_address const& a, socket_address const& b) noexcept
{
    auto const x = octets_of(a), y = octets_of(b);
    return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size()) == 0;
}

client_variety::view client_variety::combine(view const& a, view const& b) noexcept
{
    if (!a.first || !b.first)
        return a.first ? a : b;
    return {a.is_many || b.is_many || !is_same_host(*a.first, *b.first), a.first, a.batches + b.batches};
}

bool client_variety::is_loopback(socket_address const& a) noexcept
{
    auto const octets = octets_of(a);
    return octets.size() == 4 ? octets[0] == 127 : IN6_IS_ADDR_LOOPBACK(reinterpret_cast<in6_addr const*>(octets.data()));
}

} // namespace homing::server
