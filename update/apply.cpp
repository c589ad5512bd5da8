#include "update/apply.hpp"

#include "dns/presentation.hpp"
#include "dns/serial.hpp"
#include "zone/check.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using dns::rr_class;
using dns::rr_type;

// SOA and NS keep a zone alive: at its apex they are changed, but not taken away.
bool is_vital(zone_change const& change, dns::name_view owner, rr_type type)
{
    return (type == rr_type::soa || type == rr_type::ns) && owner == change.apex();
}

// 3.4.2.2: a CNAME beside other data and other data beside a CNAME are ignored, not refused. So is a DNAME (RFC 6672 5.2).
bool conflicts_with_cname(zone_change const& change, raw_record const& r)
{
    if (r.type == rr_type::cname)
        return has_other_than_cname(change, r.owner);
    return !zone::may_accompany_cname(r.type) && change.has(r.owner, rr_type::cname);
}

// 3.4.2.2: an SOA counts only where there is one, and if its serial is newer. (3.6 would let the same serial pass; 3.4.2.2 is right.) Newer
// than the zone's own, too: by two or three steps within one message the serial could go all the way round (RFC 1982 3.2).
bool is_stale_soa(zone_change& change, raw_record const& r)
{
    if (r.type != rr_type::soa)
        return false;
    if (r.owner.view() != change.apex())
        return true;
    dns::rrset const& soa = change.touch(r.owner, rr_type::soa);
    std::uint32_t const serial = dns::read_soa(r.rdata).serial;
    return !dns::is_newer_serial(serial, dns::read_soa(soa.front()).serial) ||
           !dns::is_newer_serial(serial, change.before().serial());
}

// Records that no zone should have, and that BIND leaves out without a word: NS and DNAME at a wildcard (RFC 4592 4.2, 4.4) and a DS at the
// apex, where it belongs to the parent (RFC 4035 2.4). And an NSEC3 at a wildcard, whose owner is always a hash (RFC 5155 3).
bool is_misplaced(zone_change const& change, raw_record const& r)
{
    if (r.type == rr_type::ns || r.type == rr_type::dname || r.type == rr_type::nsec3)
        return r.owner.view().is_wildcard();
    return r.type == rr_type::ds && r.owner.view() == change.apex();
}

// 3.4.2.2, RFC 6672 5.2 for DNAME, and for NSEC because two of them make no sense: the new record takes the place of this one, though their data differ.
bool is_replaced(rr_type type, dns::rdata_view old, dns::rdata_view fresh)
{
    constexpr std::size_t wks_address_and_protocol = 5;
    if (type == rr_type::wks)
        return std::equal(old.begin(), old.begin() + wks_address_and_protocol, fresh.begin());
    return zone::is_singleton(type);
}

void remove_replaced(dns::rrset& rrset, dns::rdata_view fresh)
{
    std::vector<std::vector<std::uint8_t>> replaced;
    rrset.for_each([&](dns::rdata_view old) {
        if (is_replaced(rrset.type(), old, fresh))
            replaced.emplace_back(old.begin(), old.end());
    });
    for (auto const& old : replaced)
        rrset.remove(old);
}

// 3.4.2.2. Data below a DNAME, or a DNAME above data, is taken (RFC 6672 5.2: it is occluded), as is data below a cut: a client that moves
// things about need not do it in the one order that never hides anything.
void add(zone_change& change, raw_record const& r)
{
    if (is_misplaced(change, r) || conflicts_with_cname(change, r) || is_stale_soa(change, r))
        return;
    dns::rrset& rrset = change.touch(r.owner, r.type);
    if (!rrset.contains(r.rdata)) {
        remove_replaced(rrset, r.rdata);
        rrset.add(r.rdata);
    }
    rrset.ttl(r.ttl); // an RRset has one TTL (RFC 2181 5.2): the latest
}

// 3.4.2.3
void delete_rrset(zone_change& change, dns::name_view owner, rr_type type)
{
    if (!is_vital(change, owner, type) && change.has(owner, type))
        change.touch(owner, type).clear();
}

// 3.4.2.3
void delete_name(zone_change& change, dns::name_view owner)
{
    for (rr_type type : change.types_at(owner))
        delete_rrset(change, owner, type);
}

// 3.4.2.4; that only the apex's last NS is kept stands in the text, not in the pseudocode of 3.4.2.7.
void delete_record(zone_change& change, raw_record const& r)
{
    if (r.type == rr_type::soa || !change.has(r.owner, r.type))
        return;
    dns::rrset& rrset = change.touch(r.owner, r.type);
    if (rrset.size() > 1 || !is_vital(change, r.owner, r.type))
        rrset.remove(r.rdata);
}

void apply(zone_change& change, raw_record const& r)
{
    if (r.klass == rr_class::in)
        add(change, r);
    else if (r.klass == rr_class::none)
        delete_record(change, r);
    else if (r.type == rr_type::any)
        delete_name(change, r.owner);
    else
        delete_rrset(change, r.owner, r.type);
}

// Zone data may have come in larger another way; an update may then still make it smaller.
bool outgrows(zone_change::touched const& t)
{
    return t.after.wire_size() > dns::max_rrset_wire_size && t.after.wire_size() > t.before.wire_size();
}

} // namespace

bool has_other_than_cname(zone_change const& change, dns::name_view owner)
{
    auto const types = change.types_at(owner);
    return std::any_of(types.begin(), types.end(),
                       [](rr_type t) { return t != rr_type::cname && !zone::may_accompany_cname(t); });
}

outcome check_sizes(zone_change const& change)
{
    for (auto const& name : change.names()) {
        for (auto const& t : name.rrsets)
            if (outgrows(t))
                return decline(dns::rcode::refused, name.owner.to_string() + " " + dns::to_string(t.after.type()) +
                                                        " would have more records than fit in a message.");
        std::size_t const before = name.node ? name.node->rrset_count() : 0;
        if (before + name.rrsets.size() <= max_types_per_name)
            continue;
        if (auto const after = change.types_at(name.owner).size(); after > max_types_per_name && after > before)
            return decline(dns::rcode::refused,
                           name.owner.to_string() + " would have more than " + std::to_string(max_types_per_name) + " types.");
    }
    return {};
}

outcome apply_updates(zone_change& change, std::span<raw_record const> updates)
{
    for (raw_record const& r : updates) {
        apply(change, r);
        // At once, because what one record costs grows with the types at its name.
        if (change.widest() > 2 * max_types_per_name)
            return decline(dns::rcode::refused, "The update has too many types at " + r.owner.to_string() + ".");
    }
    return check_sizes(change);
}

} // namespace homing::update
