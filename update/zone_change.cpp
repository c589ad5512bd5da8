#include "update/zone_change.hpp"

#include "dns/serial.hpp"
#include "zone/name_hash.hpp"

#include <algorithm>

namespace homing::update {

namespace {

auto by_type(dns::rr_type type)
{
    return [type](zone_change::touched const& t) { return t.after.type() == type; };
}

} // namespace

zone_change::touched_name const* zone_change::find(dns::name_view owner, std::uint64_t hash) const
{
    auto const [first, last] = by_hash_.equal_range(hash);
    for (auto i = first; i != last; ++i)
        if (i->second->owner.view() == owner)
            return i->second;
    return nullptr;
}

zone_change::touched_name& zone_change::find_or_add(dns::name_view owner)
{
    // A message mostly deals with one name after the other.
    if (!names_.empty() && names_.back().owner.view() == owner)
        return names_.back();
    std::uint64_t const hash = zone::hash_name(seed_, owner);
    if (auto* known = find(owner, hash))
        return const_cast<touched_name&>(*known);
    touched_name& fresh = names_.emplace_back(touched_name{dns::name{owner}.to_lower(), before_.find(owner), {}});
    by_hash_.emplace(hash, &fresh);
    return fresh;
}

bool zone_change::has(dns::name_view owner, dns::rr_type type) const
{
    zone::node const* node = nullptr;
    if (auto const* known = find(owner, zone::hash_name(seed_, owner))) {
        auto const at = std::find_if(known->rrsets.begin(), known->rrsets.end(), by_type(type));
        if (at != known->rrsets.end())
            return !at->after.empty();
        node = known->node;
    } else {
        node = before_.find(owner);
    }
    return node && node->find(type);
}

std::vector<dns::rr_type> zone_change::types_at(dns::name_view owner) const
{
    std::vector<dns::rr_type> types;
    auto const* known = find(owner, zone::hash_name(seed_, owner));
    if (zone::node const* node = known ? known->node : before_.find(owner))
        node->for_each([&](zone::rrset_view const& r) { types.push_back(r.type); });
    if (!known)
        return types;
    for (touched const& t : known->rrsets) {
        std::erase(types, t.after.type());
        if (!t.after.empty())
            types.push_back(t.after.type());
    }
    return types;
}

dns::rrset& zone_change::touch(dns::name_view owner, dns::rr_type type)
{
    touched_name& name = find_or_add(owner);
    auto const at = std::find_if(name.rrsets.begin(), name.rrsets.end(), by_type(type));
    if (at != name.rrsets.end())
        return at->after;
    zone::rrset_view const there = name.node ? name.node->find(type) : zone::rrset_view{};
    dns::rrset const before = there ? there.copy() : dns::rrset{type, 0};
    name.rrsets.push_back({before, before});
    widest_ = std::max(widest_, name.rrsets.size());
    return name.rrsets.back().after;
}

std::optional<zone::diff> zone_change::finish() &&
{
    zone::diff diff;
    bool soa_changed = false;
    for (touched_name& name : names_)
        for (touched& t : name.rrsets) {
            if (!t.is_changed())
                continue;
            soa_changed = soa_changed || t.after.type() == dns::rr_type::soa;
            diff.changes.push_back({name.owner, std::move(t.before), std::move(t.after)});
        }
    if (diff.changes.empty())
        return {};
    diff.serial_from = before_.serial();
    if (!soa_changed) {
        // RFC 2136 3.6
        dns::rrset const soa = before_.apex_node().find(dns::rr_type::soa).copy();
        dns::rrset next{dns::rr_type::soa, soa.ttl()};
        next.add(dns::with_serial(soa.front(), dns::next_serial(before_.serial())));
        diff.changes.push_back({dns::name{apex()}.to_lower(), soa, std::move(next)});
    }
    for (auto const& c : diff.changes)
        if (c.type() == dns::rr_type::soa)
            diff.serial_to = dns::read_soa(c.after.front()).serial;
    return diff;
}

} // namespace homing::update
