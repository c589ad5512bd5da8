// A zone that is followed, as it is stored: a secondary, with the primaries that it comes from. Plain values.
#pragma once

#include "dns/name.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

namespace homing::storage {

/// The octets of a name in lower case: how followed zones are named where there are many of them.
inline std::string name_octets(dns::name_view n)
{
    std::string lower(n.size(), '\0');
    dns::copy_lower(reinterpret_cast<std::uint8_t*>(lower.data()), n.data(), n.size());
    return lower;
}
/// Precondition: octets of a name.
inline dns::name_view name_of_octets(std::string const& name) noexcept
{
    return {reinterpret_cast<std::uint8_t const*>(name.data()), name.size()};
}

/// Where zones come from; shared by all that come from there.
struct follow_source {
    std::string primaries; ///< "192.0.2.1:53 [2001:db8::1]:53"
    std::string key;       ///< octets of the name of the key that both sides sign with; empty: unsigned
    std::string catalog;   ///< octets of the apex of the catalog zone whose members these are; empty: of none

    friend auto operator<=>(follow_source const&, follow_source const&) = default;
};

struct follow_record {
    std::string apex; ///< octets
    std::shared_ptr<follow_source const> source;
    std::string label;       ///< octets of the label that it is a member by, without its length (RFC 9432 4.1)
    bool is_catalog = false; ///< its members are followed, too
    bool is_expired = false; ///< its primaries were not to be reached for too long: it is not answered from
    std::int64_t refreshed_ms = 0; ///< when a primary last said that there is nothing newer, since 1970; 0: never
    std::int64_t expires_ms = 0;   ///< when it expires if none does so again; 0: there are no contents yet
};

} // namespace homing::storage
