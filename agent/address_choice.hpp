// Which of a machine's addresses others are told, as a person would choose: one of each family. Pure functions; any thread.
#pragma once

#include "agent/address_table.hpp"

#include <optional>

namespace homing::agent {

struct choice_rules {
    unsigned interface = 0;          ///< only of this one; 0: of any
    bool site_too = false;           ///< RFC 1918 and ULA addresses, too, where there is no global one
    std::vector<ip_prefix> prefixes; ///< only within one of these (if the family has any here), whatever their reach
};

/// Of several good ones: those that were told before stay (`told`), then those that last longest, then the order of interfaces and
/// addresses. Nothing if none is good. `usable`: as address_table::usable gives them.
std::optional<ip_address> choose(std::span<own_address const> usable, address_family, choice_rules const&,
                                 std::span<ip_address const> told);

} // namespace homing::agent
