#include "update/apply_received.hpp"

#include "dns/presentation.hpp"
#include "update/apply.hpp"
#include "zone/check.hpp"

namespace homing::update {

namespace {

using dns::rr_type;
using item = zone::record_list::item;

outcome refuse(item const& r, char const* what)
{
    return decline(dns::rcode::refused, r.owner.to_string() + " " + dns::to_string(r.type) + " " + what, r.owner, r.type);
}

outcome remove(zone_change& change, zone::record_list const& records)
{
    std::size_t place = 0;
    while (auto const r = records.next(place)) {
        if (!change.has(r->owner, r->type))
            return refuse(*r, "is to be removed and is not there");
        dns::rrset& set = change.touch(r->owner, r->type);
        // (A SOA may be told with what a primary normalizes; its serial has been looked at.)
        if (r->type == rr_type::soa)
            set.clear();
        else if (!set.remove(r->rdata))
            return refuse(*r, "is to be removed and is not there");
    }
    return {};
}

outcome add(zone_change& change, zone::record_list const& records)
{
    std::size_t place = 0;
    while (auto const r = records.next(place)) {
        dns::rrset& set = change.touch(r->owner, r->type);
        if (!set.add(r->rdata))
            return refuse(*r, "is to be added and is there already");
        set.ttl(r->ttl); // an RRset has one (RFC 2181 5.2)
        if (change.widest() > 2 * max_types_per_name)
            return refuse(*r, "is one of too many types at its name");
    }
    return {};
}

outcome check_name(zone_change const& change, zone_change::touched_name const& name)
{
    for (auto const& t : name.rrsets)
        if (zone::is_singleton(t.after.type()) && t.after.size() > 1)
            return decline(dns::rcode::refused, name.owner.to_string() + " " + dns::to_string(t.after.type()) +
                                                    " would have several records");
    if (change.has(name.owner, rr_type::cname) && has_other_than_cname(change, name.owner))
        return decline(dns::rcode::refused, name.owner.to_string() + " would have a CNAME beside other data");
    return {};
}

} // namespace

outcome apply_received(zone_change& change, zone::transfer_step const& step)
{
    if (change.before().serial() != step.serial_from)
        return decline(dns::rcode::refused, "the zone has serial " + std::to_string(change.before().serial()) + ", not " +
                                                std::to_string(step.serial_from));
    if (outcome o = remove(change, step.removed); !o.ok())
        return o;
    if (outcome o = add(change, step.added); !o.ok())
        return o;
    for (auto const& name : change.names())
        if (outcome o = check_name(change, name); !o.ok())
            return o;
    if (!change.has(change.apex(), rr_type::soa) || !change.has(change.apex(), rr_type::ns))
        return decline(dns::rcode::refused, "it would leave the zone without " +
                                                std::string{change.has(change.apex(), rr_type::soa) ? "name servers" : "a SOA"});
    return check_sizes(change);
}

} // namespace homing::update
