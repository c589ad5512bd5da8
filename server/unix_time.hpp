// The time as DNS and its signatures tell it. Any thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace homing::server {

/// Seconds since 1970, UTC.
inline std::uint64_t unix_time() noexcept
{
    return static_cast<std::uint64_t>(std::time(nullptr));
}

} // namespace homing::server
