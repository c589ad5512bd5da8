// Takes many look-ups to their end side by side, so that their cache misses overlap: a step of each in turn.
//
// For what has is_done(), prefetch() and step(): probes of an index, searches. Each prefetch asks for the memory that the step reads, and the others'
// turns give it the time to arrive. No allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace homing::zone {

inline constexpr std::size_t most_side_by_side = 128;

/// Precondition: not more than most_side_by_side.
template <class Steps>
void run_side_by_side(std::span<Steps> all) noexcept
{
    std::array<std::uint8_t, most_side_by_side> active;
    std::size_t count = 0;
    auto const keep = [&](std::size_t i) { // without a branch, because which are through is anybody's guess
        active[count] = static_cast<std::uint8_t>(i);
        count += !all[i].is_done();
    };
    for (std::size_t i = 0; i < all.size(); ++i)
        keep(i);
    while (count != 0) {
        auto const now = std::span{active}.first(std::exchange(count, 0));
        for (auto const i : now)
            all[i].prefetch();
        for (auto const i : now) {
            all[i].step();
            keep(i);
        }
    }
}

} // namespace homing::zone
