// How many connections there are, in total and by client, over all workers.
//
// A client is an IPv4 address or an IPv6 /64, since whoever has one address of that usually has them all. Any thread; touched
// when a connection begins and ends, never by a query.
#pragma once

#include "server/socket_address.hpp"

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace homing::server {

class client_table {
public:
    client_table(std::size_t total, std::size_t per_client) : total_limit_{total}, client_limit_{per_client} {}

    enum class verdict : std::uint8_t { admitted, too_many, too_many_of_client };

    /// Counts a connection of `client` if that keeps within the limits; then `leave` must follow.
    verdict enter(socket_address const& client);
    /// The same whatever the total: for a worker that makes another one leave at once, or has but a few.
    verdict enter_beyond_total(socket_address const& client);
    void leave(socket_address const& client) noexcept;

    std::size_t connections() const;

private:
    verdict count(socket_address const& client);
    mutable std::mutex mutex_; // guards all below
    std::unordered_map<std::uint64_t, std::uint32_t> by_client_;
    std::size_t connections_ = 0;
    std::size_t const total_limit_, client_limit_;
};

} // namespace homing::server
