// Numbers that nobody can guess. Any thread.
#pragma once

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/random.h>

namespace homing::server {

/// From the kernel. Throws std::system_error if it has none to give.
inline std::uint64_t random_number()
{
    std::uint64_t number = 0;
    while (::getrandom(&number, sizeof number, 0) < 0) // so few octets are never cut short (getrandom(2))
        if (errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "no random numbers from the kernel"};
    return number;
}

} // namespace homing::server
