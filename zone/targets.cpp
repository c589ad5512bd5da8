#include "zone/targets.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

using dns::rr_type;

bool ends_in_number(dns::name_view n)
{
    if (n.is_root())
        return false;
    auto const last = n.suffix(1).first_label();
    return std::ranges::all_of(last, [](std::uint8_t c) { return c >= '0' && c <= '9'; });
}

} // namespace

target_state targets::find(dns::name_view target)
{
    if (target.is_root() || !target.is_subdomain_of(zone_.origin()))
        return ends_in_number(target) ? target_state::number : target_state::elsewhere;
    auto const lower = dns::name{target}.to_lower();
    std::string key{reinterpret_cast<char const*>(lower.data()), lower.size()};
    if (auto const known = remembered_.find(key); known != remembered_.end())
        return known->second;
    auto const state = look_up(lower);
    if (remembered_.size() < most_remembered)
        remembered_.emplace(std::move(key), state);
    return state;
}

target_state targets::look_up(dns::name_view target) const
{
    auto const state = look_at(target);
    return state == target_state::addressed || state == target_state::alias ? *state : look_above(target);
}

/// What the RRsets at a name make of it; nothing if there are none.
std::optional<target_state> targets::look_at(dns::name_view owner) const
{
    auto i = zone_.lower_bound(owner);
    if (i == zone_.size() || zone_[i].owner != owner)
        return {};
    for (; i < zone_.size() && zone_[i].owner == owner; ++i)
        switch (zone_[i].type) {
        case rr_type::a:
        case rr_type::aaaa: return target_state::addressed;
        case rr_type::cname: return target_state::alias;
        default: break;
        }
    return target_state::bare;
}

/// The target has no address of its own: it may be delegated, below a DNAME, or come from a wildcard.
target_state targets::look_above(dns::name_view target) const
{
    std::optional<dns::name_view> encloser; // the closest
    auto state = target_state::bare;
    for (auto at = target;; at = at.parent()) {
        if (!encloser && exists(at))
            encloser = at;
        if (at == zone_.origin())
            break;
        if (has(at, rr_type::ns))
            state = target_state::delegated; // the topmost cut counts
        else if (at != target && has(at, rr_type::dname))
            state = target_state::renamed;
    }
    if (state != target_state::bare || !encloser || *encloser == target)
        return state;
    constexpr std::uint8_t asterisk[] = {1, '*', 0};
    auto const wildcard = dns::name::join({asterisk, sizeof asterisk}, *encloser); // RFC 4592 3.3.1
    return wildcard ? look_at(*wildcard).value_or(target_state::bare) : target_state::bare;
}

/// There are records at the name or below it.
bool targets::exists(dns::name_view owner) const
{
    auto const i = zone_.lower_bound(owner);
    return i < zone_.size() && zone_[i].owner.is_subdomain_of(owner);
}

bool targets::has(dns::name_view owner, rr_type type) const
{
    return zone_.find(owner, type).has_value();
}

} // namespace homing::zone
