#include "update/prerequisites.hpp"

#include "dns/presentation.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using dns::rcode;

outcome unmet(rcode code, raw_record const& r, char const* why)
{
    std::string what = r.owner.to_string();
    if (r.type != dns::rr_type::any)
        what += " " + dns::to_string(r.type);
    return decline(code, "Prerequisite: " + what + " " + why + ".", r.owner, r.type);
}

// 2.4.4, 2.4.5. A name is in use if it owns a record; an empty non-terminal is not.
outcome check_name(zone::node const* node, raw_record const& r)
{
    bool const wanted = r.klass == dns::rr_class::any;
    bool const in_use = node && !node->is_empty_non_terminal();
    if (in_use == wanted)
        return {};
    return wanted ? unmet(rcode::nxdomain, r, "is not in use") : unmet(rcode::yxdomain, r, "is in use");
}

// 2.4.1, 2.4.3
outcome check_presence(zone::node const* node, raw_record const& r)
{
    bool const wanted = r.klass == dns::rr_class::any;
    bool const there = node && node->find(r.type);
    if (there == wanted)
        return {};
    return wanted ? unmet(rcode::nxrrset, r, "does not exist") : unmet(rcode::yxrrset, r, "exists");
}

bool same_place(raw_record const* a, raw_record const* b)
{
    return a->type == b->type && a->owner.view() == b->owner.view();
}

bool in_order(raw_record const* a, raw_record const* b)
{
    int const c = a->owner.view().compare(b->owner);
    return c != 0 ? c < 0 : a->type < b->type;
}

// 2.4.2: the RRset consists of exactly these records, whatever its TTL.
outcome check_value(zone::zone_version const& zone, std::span<raw_record const* const> records)
{
    raw_record const& first = *records.front();
    zone::node const* node = zone.find(first.owner);
    zone::rrset_view const there = node ? node->find(first.type) : zone::rrset_view{};
    if (!there)
        return unmet(rcode::nxrrset, first, "does not exist");
    dns::rrset const actual = there.copy();
    dns::rrset expected{first.type, actual.ttl()};
    for (auto const* r : records)
        expected.add(r->rdata);
    return expected == actual ? outcome{} : unmet(rcode::nxrrset, first, "has other data");
}

outcome check_values(zone::zone_version const& zone, std::vector<raw_record const*> records)
{
    std::stable_sort(records.begin(), records.end(), in_order);
    for (auto first = records.begin(); first != records.end();) {
        auto const last = std::find_if_not(first, records.end(), [&](auto r) { return same_place(*first, r); });
        if (outcome o = check_value(zone, {first, last}); !o.ok())
            return o;
        first = last;
    }
    return {};
}

} // namespace

outcome check_prerequisites(zone::zone_version const& zone, std::span<raw_record const> prerequisites)
{
    std::vector<raw_record const*> values;
    for (raw_record const& r : prerequisites) {
        if (r.klass == dns::rr_class::in) {
            values.push_back(&r); // 3.2.3: compared as whole RRsets, after the others
            continue;
        }
        zone::node const* node = zone.find(r.owner);
        outcome o = r.type == dns::rr_type::any ? check_name(node, r) : check_presence(node, r);
        if (!o.ok())
            return o;
    }
    return check_values(zone, std::move(values));
}

} // namespace homing::update
