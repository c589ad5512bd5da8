// Serial number arithmetic (RFC 1982) for the SOA's serial.
#pragma once

#include <cstdint>

namespace homing::dns {

/// `a` is newer than `b`. False both ways for numbers exactly 2^31 apart (undefined by RFC 1982 3.2).
constexpr bool is_newer_serial(std::uint32_t a, std::uint32_t b) noexcept
{
    return a != b && static_cast<std::uint32_t>(a - b) < 0x80000000U;
}

/// The serial after `s`; skips 0, which some secondaries take for "unset".
constexpr std::uint32_t next_serial(std::uint32_t s) noexcept
{
    return s + 1 == 0 ? 1 : s + 1;
}

} // namespace homing::dns
