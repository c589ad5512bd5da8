// A dynamic host as it is stored: a name whose addresses follow where it is. Plain values.
#pragma once

#include "dns/name.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace homing::storage {

using ipv4_octets = std::array<std::uint8_t, 4>;
using ipv6_octets = std::array<std::uint8_t, 16>;

struct host_record {
    dns::name name; ///< lower case
    std::uint32_t ttl = 60;
    std::optional<ipv6_octets> ipv6_suffix; ///< an interface identifier that it keeps while its prefix changes
    std::int64_t expire = 0;                ///< seconds without a sign of it after which its addresses leave the zone; 0: never

    std::vector<std::uint8_t> ipv4, ipv6; ///< the addresses that it has, or had when its lease ran out: rdata one after the other
    std::int64_t changed_ms = 0;          ///< when they last changed, since 1970; 0: never
    std::int64_t confirmed_ms = 0;        ///< when it was last said that they are right, a change included
    std::string key, address, via;        ///< who said so, from where, over what; as in the journal
    bool is_lapsed = false;               ///< its lease ran out: the zone has its addresses no more

    bool has_addresses() const noexcept { return !ipv4.empty() || !ipv6.empty(); }
    /// When its lease runs out, since 1970; 0: it has none, or none that runs.
    std::int64_t lapses_ms() const noexcept
    {
        return expire == 0 || is_lapsed || !has_addresses() ? 0 : confirmed_ms + expire * 1000;
    }
};

} // namespace homing::storage
