// Points in time, as commands print and read them: RFC 3339, in UTC.
//
// Milliseconds since 1970. Pure functions; any thread.
#pragma once

#include "dns/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace homing::server {

/// "2026-05-04T15:04:05Z".
std::string to_time(std::int64_t ms);
std::string to_time(std::chrono::system_clock::time_point);
/// "2026-05-04T15:04:05.678Z".
std::string to_exact_time(std::int64_t ms);

/// A time as in RFC 3339 (without an offset: UTC), a date, or how long ago: "2h", "7d", "1h30m". The failure says which forms there are.
dns::result<std::int64_t> read_time(std::string_view, std::int64_t now_ms);

} // namespace homing::server
