// Addresses with a common prefix: "192.0.2.0/24", "2001:db8::/32", or a single one. A plain value; any thread.
#pragma once

#include "dns/result.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace homing::server {

class address_range {
public:
    /// The failure says what is wrong.
    static dns::result<address_range> parse(std::string_view text);

    /// 4 or 16 octets.
    bool contains(std::span<std::uint8_t const> address) const noexcept;

private:
    std::vector<std::uint8_t> octets_;
    unsigned length_ = 0; // bits
};

/// Whether some of the ranges contains it.
bool contains(std::span<address_range const>, std::span<std::uint8_t const> address) noexcept;
/// 127.0.0.0/8 or ::1.
bool is_loopback(std::span<std::uint8_t const> address) noexcept;

} // namespace homing::server
