// Lets through so many events a second, with a burst, and counts those it held back. Time is a parameter. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace homing::server {

class rate_limiter {
public:
    /// Precondition: both at least 1.
    rate_limiter(std::uint32_t per_second, std::uint32_t burst) noexcept : per_second_{per_second}, burst_{burst}, left_{burst} {}

    /// `now` in seconds, from any clock; one that goes back gives nothing.
    bool allow(std::uint64_t now) noexcept
    {
        if (now > last_) {
            left_ = std::min(burst_, left_ + (now - last_ > burst_ ? burst_ : (now - last_) * per_second_));
            last_ = now;
        }
        if (left_ == 0) {
            ++held_back_;
            return false;
        }
        --left_;
        return true;
    }

    /// How many were held back since the last call.
    std::uint64_t take_held_back() noexcept { return std::exchange(held_back_, 0); }

private:
    std::uint64_t per_second_, burst_, left_;
    std::uint64_t last_ = 0;
    std::uint64_t held_back_ = 0;
};

} // namespace homing::server
