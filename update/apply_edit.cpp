#include "update/apply_edit.hpp"

#include "dns/presentation.hpp"
#include "dns/serial.hpp"
#include "update/apply.hpp"
#include "zone/check.hpp"

namespace homing::update {

namespace {

using dns::rr_type;

outcome refuse(std::string reason)
{
    return decline(dns::rcode::refused, std::move(reason));
}

std::string describe(dns::name_view owner, rr_type type)
{
    return owner.to_string() + " " + dns::to_string(type);
}

bool is_vital(rr_type type)
{
    return type == rr_type::soa || type == rr_type::ns;
}

void delete_name(zone_change& change, dns::name_view owner)
{
    bool const at_apex = owner == change.apex();
    for (rr_type type : change.types_at(owner))
        if (!at_apex || !is_vital(type))
            change.touch(owner, type).clear();
}

outcome delete_rrset(zone_change& change, dns::name_view owner, rr_type type)
{
    if (is_vital(type) && owner == change.apex())
        return refuse(describe(owner, type) + " cannot be deleted: a zone needs it. Set other records in its place.");
    if (change.has(owner, type))
        change.touch(owner, type).clear();
    return {};
}

bool all_valid(dns::rrset const& rrset)
{
    bool valid = true;
    rrset.for_each([&](dns::rdata_view r) { valid = valid && dns::is_valid_rdata(rrset.type(), r); });
    return valid;
}

// What is wrong with an RRset whatever else the zone holds; empty if nothing is.
std::string fault_of(zone_change const& change, dns::name_view owner, dns::rrset const& rrset)
{
    rr_type const type = rrset.type();
    if (dns::is_meta_type(type))
        return "is not a type of data.";
    if (!all_valid(rrset))
        return "has data that the type does not allow.";
    if (zone::is_singleton(type) && rrset.size() > 1)
        return "can have one record only.";
    if (type == rr_type::soa && owner != change.apex())
        return "can stand at the apex only, which is " + change.apex().to_string();
    if ((type == rr_type::ns || type == rr_type::dname) && owner.is_wildcard())
        return "cannot stand at a wildcard (RFC 4592 4.2, 4.4).";
    if (type == rr_type::ds && owner == change.apex())
        return "belongs to the parent zone (RFC 4035 2.4).";
    return {};
}

// Secondaries see a change only if the serial is newer.
dns::rrset with_newer_serial(dns::rrset const& soa, std::uint32_t old)
{
    if (dns::is_newer_serial(dns::read_soa(soa.front()).serial, old))
        return soa;
    dns::rrset next{rr_type::soa, soa.ttl()};
    next.add(dns::with_serial(soa.front(), dns::next_serial(old)));
    return next;
}

outcome set_rrset(zone_change& change, dns::name_view owner, dns::rrset const& rrset)
{
    if (std::string fault = fault_of(change, owner, rrset); !fault.empty())
        return refuse(describe(owner, rrset.type()) + " " + fault);
    dns::rrset& there = change.touch(owner, rrset.type());
    if (there == rrset)
        return {};
    there = rrset.type() == rr_type::soa ? with_newer_serial(rrset, change.before().serial()) : rrset;
    return {};
}

outcome apply_item(zone_change& change, edit::item const& item)
{
    if (!item.owner.view().is_subdomain_of(change.apex()))
        return decline(dns::rcode::notzone, item.owner.to_string() + " is not in the zone " + change.apex().to_string());
    if (!item.rrset.empty())
        return set_rrset(change, item.owner, item.rrset);
    if (item.rrset.type() != rr_type::none)
        return delete_rrset(change, item.owner, item.rrset.type());
    delete_name(change, item.owner);
    return {};
}

bool has_names_below(zone_change const& change, zone_change::touched_name const& name)
{
    if (name.node && name.node->children() != 0)
        return true;
    for (auto const& other : change.names())
        if (other.owner.view().is_below(name.owner) && !change.types_at(other.owner).empty())
            return true;
    return false;
}

// The closest name above with a DNAME, or nothing.
std::optional<dns::name_view> dname_above(zone_change const& change, dns::name_view owner)
{
    while (owner != change.apex()) {
        owner = owner.parent();
        if (change.has(owner, rr_type::dname))
            return owner;
    }
    return {};
}

// RFC 2181 10.1, RFC 6672 2.4: what may not stand together, looked at once everything is done, so that the order of the items is free.
outcome check_neighbours(zone_change const& change, zone_change::touched_name const& name)
{
    std::string const owner = name.owner.to_string();
    if (change.has(name.owner, rr_type::cname) && has_other_than_cname(change, name.owner))
        return refuse(owner + " cannot have a CNAME and other records. Delete the ones or the other first.");
    if (change.has(name.owner, rr_type::dname) && has_names_below(change, name))
        return refuse(owner + " cannot have a DNAME while there are names below it. Delete them first.");
    if (change.types_at(name.owner).empty())
        return {};
    if (auto const above = dname_above(change, name.owner))
        return refuse(owner + " cannot be set, because the DNAME of " + above->to_string() + " stands above it.");
    return {};
}

} // namespace

outcome apply_edit(zone_change& change, edit const& e)
{
    for (auto const& item : e.items)
        if (outcome o = apply_item(change, item); !o.ok())
            return o;
    for (auto const& name : change.names())
        if (outcome o = check_neighbours(change, name); !o.ok())
            return o;
    return check_sizes(change);
}

} // namespace homing::update
