#include "zone/contents.hpp"

#include <algorithm>

namespace homing::zone {

void contents::set_serial(std::uint32_t serial)
{
    std::span<std::uint8_t const> const packed = find(origin_, dns::rr_type::soa)->packed;
    constexpr std::size_t length_octets = 2;
    auto const fresh = dns::with_serial(packed.subspan(length_octets), serial);
    // The entry is a view of bytes that are ours; only the serial's four change.
    std::copy(fresh.begin(), fresh.end(), const_cast<std::uint8_t*>(packed.data()) + length_octets);
}

} // namespace homing::zone
