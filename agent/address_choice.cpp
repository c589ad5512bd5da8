#include "agent/address_choice.hpp"

#include <algorithm>

#include <linux/if_addr.h>

namespace homing::agent {

namespace {

bool is_wanted(own_address const& a, choice_rules const& rules) noexcept
{
    if (rules.interface != 0 && a.interface != rules.interface)
        return false;
    bool has_rule = false;
    for (auto const& p : rules.prefixes) {
        if (p.contains(a.address))
            return reach_of(a.address) != reach::nowhere;
        has_rule = has_rule || p.address.family() == a.address.family();
    }
    auto const far = reach_of(a.address);
    return !has_rule && (far == reach::global || (rules.site_too && far == reach::site));
}

/// Smaller is better.
auto rank(own_address const& a, std::span<ip_address const> told) noexcept
{
    bool const is_told = std::find(told.begin(), told.end(), a.address) != told.end();
    bool const is_secondary = a.address.family() == address_family::ipv4 && (a.flags & IFA_F_SECONDARY) != 0;
    return std::tuple{reach_of(a.address) != reach::global,
                      !is_told,
                      (a.flags & IFA_F_PERMANENT) == 0,
                      is_secondary,
                      ~a.valid,
                      a.interface,
                      a.address};
}

} // namespace

std::optional<ip_address> choose(std::span<own_address const> usable, address_family f, choice_rules const& rules,
                                 std::span<ip_address const> told)
{
    own_address const* best = nullptr;
    for (auto const& a : usable)
        if (a.address.family() == f && is_wanted(a, rules) && (best == nullptr || rank(a, told) < rank(*best, told)))
            best = &a;
    return best != nullptr ? std::optional{best->address} : std::nullopt;
}

} // namespace homing::agent
