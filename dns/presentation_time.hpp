// Dates as RRSIG has them in text: YYYYMMDDHHMMSS, in UTC (RFC 4034 3.2).
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homing::dns {

/// Seconds since 1970, modulo 2^32 (RFC 4034 3.1.5). Nothing if the text is not a date.
std::optional<std::uint32_t> seconds_of_date(std::string_view);
void print_date(std::string& out, std::uint32_t seconds);

} // namespace homing::dns
