// Which addresses zones are transferred to: a fence beside the keys' grants, and in the place of a key only where the operator says so.
//
// A plain value; any thread.
#pragma once

#include "server/address_range.hpp"
#include "server/socket_address.hpp"

#include <vector>

namespace homing::server {

struct transfer_fence {
    std::vector<address_range> from;          ///< only to these, whatever key signs; empty: to all
    std::vector<address_range> unsigned_from; ///< to these also without a key

    bool admits(socket_address const& client) const { return from.empty() || is_within(from, client) || admits_unsigned(client); }
    bool admits_unsigned(socket_address const& client) const
    {
        return !unsigned_from.empty() && is_within(unsigned_from, client);
    }

private:
    static bool is_within(std::span<address_range const> ranges, socket_address const& client)
    {
        return contains(ranges, client.octets());
    }
};

} // namespace homing::server
