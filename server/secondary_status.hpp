// How far a secondary is, as far as this server knows. Plain values.
#pragma once

#include "dns/name.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace homing::server {

struct secondary_status {
    using time = std::chrono::system_clock::time_point;
    struct zone {
        std::string name;
        std::uint32_t serial_here = 0;
        std::optional<std::uint32_t> serial_there; ///< unset: not known
        std::optional<time> behind_since;          ///< unset: it is as new as here, as far as is known
    };

    std::string name, address;
    bool is_ourselves = false;          ///< an address of this server: it is not told anything
    std::size_t zones_here = 0;         ///< that it should have
    std::size_t behind = 0;             ///< of them, those that are not as new there
    std::optional<time> behind_since;   ///< the longest
    std::size_t found_same = 0, found_absent = 0; ///< by the last round, or the one under way
    std::optional<time> round_end;      ///< of the last
    std::optional<time> last_heard;
    std::string last_refusal;           ///< the last error that it answered; empty for none
    std::uint64_t notifies = 0, answers = 0, unanswered = 0, dropped = 0;
    std::vector<zone> zones;            ///< some of those behind; or the one that was asked for
};

} // namespace homing::server
