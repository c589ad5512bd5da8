#include "server/client_table.hpp"

#include <cstring>

namespace homing::server {

namespace {

/// The /64 of an IPv6 address. IPv4 addresses get a prefix that no IPv6 packet has as its source (0100::/64, RFC 6666, is
/// never routed).
std::uint64_t client_key(socket_address const& client)
{
    if (!client.is_v6())
        return 0x0100'0000'0000'0000U ^ reinterpret_cast<sockaddr_in const*>(client.data())->sin_addr.s_addr;
    std::uint64_t prefix = 0;
    std::memcpy(&prefix, &reinterpret_cast<sockaddr_in6 const*>(client.data())->sin6_addr, sizeof prefix);
    return be64toh(prefix);
}

} // namespace

client_table::verdict client_table::enter(socket_address const& client)
{
    std::lock_guard const lock{mutex_};
    return connections_ >= total_limit_ ? verdict::too_many : count(client);
}

client_table::verdict client_table::enter_beyond_total(socket_address const& client)
{
    std::lock_guard const lock{mutex_};
    return count(client);
}

client_table::verdict client_table::count(socket_address const& client)
{
    auto const [place, is_new] = by_client_.try_emplace(client_key(client), 0);
    if (place->second >= client_limit_)
        return verdict::too_many_of_client;
    ++place->second;
    ++connections_;
    return verdict::admitted;
}

void client_table::leave(socket_address const& client) noexcept
{
    std::lock_guard const lock{mutex_};
    auto const place = by_client_.find(client_key(client));
    --connections_;
    if (--place->second == 0)
        by_client_.erase(place);
}

std::size_t client_table::connections() const
{
    std::lock_guard const lock{mutex_};
    return connections_;
}

} // namespace homing::server
