// The way of a zone from one serial to another, as the journal tells it.
//
// A few steps stay what they are, so that a secondary's history has the same ones; many are put together into one (RFC 1995 6). Reads a page at a
// time, and what it keeps is bounded, however long the journal. Waits for the disk: never a worker's thread.
#pragma once

#include "storage/journal_source.hpp"
#include "zone/diff.hpp"

#include <functional>

namespace homing::storage {

struct step_limits {
    std::size_t single = 16;                          ///< more steps than these become one
    std::size_t memory = std::size_t{64} << 20;       ///< for them all
    std::size_t steps = static_cast<std::size_t>(-1); ///< more are not looked at
};

/// Nothing if the journal does not reach back, the zone was replaced in between, or it would take too much memory, or too many steps. A failure is a sentence for a
/// person. `goes_on` is asked before each page. Precondition: the zone had both serials, `from` first.
dns::result<std::optional<std::vector<zone::diff>>> read_steps(
    journal_source&, std::int64_t zone, std::uint32_t from, std::uint32_t to, step_limits const& = {},
    std::function<bool()> const& goes_on = [] { return true; });

} // namespace homing::storage
