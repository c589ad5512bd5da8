// What a change of a key makes of it. Pure; any thread.
#pragma once

#include "update/key_ring.hpp"
#include "update/request.hpp"

#include <optional>

namespace homing::update {

struct changed_key {
    std::optional<granted_key> key;         ///< nothing: as it was
    std::optional<storage::grant> added;    ///< with its number
    std::optional<std::uint32_t> removed{}; ///< the number of a grant
};

/// The failure is a sentence that says why it cannot be. `now`: seconds since 1970.
dns::result<changed_key> apply_change(granted_key const&, change_key const&, std::int64_t now);

/// Why a key cannot have these grants; empty if it can.
std::string fault_of(std::vector<storage::grant> const&);

} // namespace homing::update
