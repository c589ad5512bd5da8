// What a batch does about dynamic hosts.
#include "update/apply_edit.hpp"
#include "update/batch.hpp"
#include "update/host_edits.hpp"
#include "update/policy.hpp"
#include "update/secondary_zone.hpp"
#include "update/zone_change.hpp"

namespace homing::update {

namespace {

using dns::rcode;
using dns::rr_type;

constexpr std::size_t saved_at_once = 256;

bool is_address(rr_type type)
{
    return type == rr_type::a || type == rr_type::aaaa;
}

/// Those of one zone, in the order in which they were asked for.
struct zone_edits {
    zone::zone_version const* zone;
    edit what;
};

edit& edits_of(std::deque<zone_edits>& all, zone::zone_version const& zone)
{
    for (auto& e : all)
        if (e.zone == &zone)
            return e.what;
    return all.emplace_back(zone_edits{&zone, {}}).what;
}

bool may_update_all(granted_key const& key, dns::name_view apex, dns::name_view owner, std::vector<dns::rrset> const& wanted)
{
    for (auto const& set : wanted)
        if (!may_update(key, apex, owner, set.type()))
            return false;
    return true;
}

/// It may change some address of it.
bool is_of_key(granted_key const& key, dns::name_view apex, dns::name_view owner)
{
    return may_update(key, apex, owner, rr_type::a) || may_update(key, apex, owner, rr_type::aaaa);
}

bool names(host_update const& u, dns::name_view host)
{
    for (auto const& h : u.hosts)
        if (h.name && *h.name == host)
            return true;
    return false;
}

std::vector<std::uint8_t> addresses_at(zone::zone_version const& zone, dns::name_view owner, rr_type type)
{
    std::vector<std::uint8_t> octets;
    zone::node const* const node = zone.find(owner);
    zone::rrset_view const set = node != nullptr ? node->find(type) : zone::rrset_view{};
    if (set)
        set.for_each([&](dns::rdata_view r) { octets.insert(octets.end(), r.begin(), r.end()); });
    return octets;
}

std::string text_of_last(storage::host_record const& host)
{
    std::vector<dns::rrset> sets;
    for (auto const& [type, octets, size] :
         {std::tuple{rr_type::a, &host.ipv4, 4U}, std::tuple{rr_type::aaaa, &host.ipv6, 16U}}) {
        dns::rrset set{type, 0};
        for (std::size_t i = 0; i + size <= octets->size(); i += size)
            set.add({octets->data() + i, size});
        sets.push_back(std::move(set));
    }
    return addresses_text(sets);
}

} // namespace

outcome batch::perform(put_host& p, storage::change_origin const&)
{
    auto const before = hosts_.find(p.host.name);
    if (before != nullptr && p.only_if_new)
        return decline(rcode::refused, "The host " + p.host.name.to_string() + " is there already.");
    zone::zone_version const* const zone = draft_.now().closest(p.host.name);
    if (zone == nullptr)
        return decline(rcode::refused, "No zone here holds " + p.host.name.to_string() + ". 'homing zone add' adds one.");
    if (outcome o = check_is_primary(*zone); !o.ok())
        return o;
    storage::host_record h = before != nullptr ? *before : p.host;
    h.name = p.host.name.to_lower();
    h.ttl = p.host.ttl;
    h.ipv6_suffix = p.host.ipv6_suffix;
    h.expire = p.host.expire;
    if (before == nullptr) {
        h.ipv4 = addresses_at(*zone, h.name, rr_type::a);
        h.ipv6 = addresses_at(*zone, h.name, rr_type::aaaa);
        h.changed_ms = h.confirmed_ms = h.has_addresses() ? time_ms_ : 0;
    }
    if (p.key)
        if (outcome o = put(*p.key, true); !o.ok())
            return o;
    hosts_.put(std::move(h));
    return {rcode::noerror, true, 0, {}};
}

outcome batch::perform(remove_host const& r, storage::change_origin const& origin)
{
    auto const host = hosts_.find(r.name);
    if (host == nullptr)
        return decline(rcode::refused, "There is no host " + r.name.to_string());
    outcome done{rcode::noerror, true, 0, {}};
    if (!r.keeps_addresses)
        done = clear_addresses(*host, origin, false);
    if (done.ok() && keys_->find(r.name))
        done = remove(r.name);
    if (done.ok())
        hosts_.remove(r.name);
    done.changed = true;
    return done;
}

outcome batch::clear_addresses(storage::host_record const& host, storage::change_origin const& origin, bool has_lapsed)
{
    zone::zone_version const* const zone = draft_.now().closest(host.name);
    if (zone == nullptr || zone->is_secondary())
        return {};
    zone_change change{*zone, draft_.now().seed()};
    for (rr_type const type : {rr_type::a, rr_type::aaaa})
        if (change.has(host.name, type))
            change.touch(host.name, type).clear();
    return keep(std::move(change), origin, has_lapsed);
}

outcome batch::perform(lapse_host const& l, storage::change_origin const& origin)
{
    auto const host = hosts_.find(l.name);
    if (host == nullptr || host->lapses_ms() == 0 || host->lapses_ms() > time_ms_)
        return {};
    outcome done = clear_addresses(*host, origin, true);
    auto lapsed = *hosts_.find(l.name); // whatever was left of its addresses in the zone
    lapsed.is_lapsed = true;
    hosts_.put(std::move(lapsed));
    done.changed = true;
    return done;
}

outcome batch::perform(save_hosts const&, storage::change_origin const&)
{
    for (auto const& host : host_book_.unsaved(saved_at_once))
        if (auto const now = hosts_.find(host->name); now != nullptr)
            hosts_.save(now);
    return {};
}

/// What a request about several hosts comes to.
struct batch::host_plan {
    void add(host_book::pointer const& host, zone::zone_version const& zone, std::vector<dns::rrset> wanted)
    {
        auto& items = edits_of(edits, zone).items;
        for (auto& set : wanted)
            items.push_back({host->name, std::move(set)});
        meant.push_back(host);
    }

    std::deque<zone_edits> edits;
    std::vector<host_book::pointer> meant;
};

// Each host alone may not be there, or not be the key's; what is left is done as one change.
outcome batch::perform(host_update& u, storage::change_origin const& origin)
{
    granted_key const* const key = keys_->find(u.key_name);
    if (key == nullptr || key->state(static_cast<std::uint64_t>(time_ms_ / 1000)) != key_state::valid)
        return decline(rcode::refused, "Key " + u.key_name.to_string() + " does not count any more");
    host_plan plan;
    plan_named(u, *key, plan);
    if (u.prefix)
        plan_prefix(u, *key, plan);
    outcome done = carry_out(plan, origin);
    if (!done.ok())
        for (auto& h : u.hosts)
            h.status = h.status == host_status::good || h.status == host_status::nochg ? host_status::dnserr : h.status;
    return done;
}

void batch::plan_named(host_update& u, granted_key const& key, host_plan& plan)
{
    for (auto& h : u.hosts) {
        if (!h.name)
            continue;
        auto const host = hosts_.find(*h.name);
        zone::zone_version const* const zone = draft_.now().closest(*h.name);
        auto wanted = host != nullptr ? wanted_addresses(u, *host) : std::vector<dns::rrset>{};
        bool const may = host != nullptr && zone != nullptr && is_of_key(key, zone->apex(), *h.name) &&
                         may_update_all(key, zone->apex(), *h.name, wanted);
        h.status = may ? host_status::nochg : host_status::nohost;
        if (!may)
            continue;
        for (auto const& set : wanted)
            if (!has_just(*zone, *h.name, set))
                h.status = host_status::good;
        h.addresses = wanted.empty() ? text_of_last(*host) : addresses_text(wanted);
        plan.add(host, *zone, std::move(wanted));
    }
}

// The key's other hosts that keep an interface identifier move along.
void batch::plan_prefix(host_update const& u, granted_key const& key, host_plan& plan)
{
    host_update only_prefix;
    only_prefix.prefix = u.prefix;
    for (auto const& host : hosts_.with_suffix()) {
        zone::zone_version const* const zone = draft_.now().closest(host->name);
        if (zone != nullptr && !names(u, host->name) && may_update(key, zone->apex(), host->name, rr_type::aaaa))
            plan.add(host, *zone, wanted_addresses(only_prefix, *host));
    }
}

/// All of it, or nothing.
outcome batch::carry_out(host_plan const& plan, storage::change_origin const& origin)
{
    std::deque<zone_change> changes;
    for (auto const& e : plan.edits)
        if (outcome o = check_is_primary(*e.zone); !o.ok())
            return o;
        else if (o = apply_edit(changes.emplace_back(*e.zone, draft_.now().seed()), e.what); !o.ok())
            return o;
    outcome done;
    for (auto& change : changes) {
        outcome const o = keep(std::move(change), origin);
        done.changed = done.changed || o.changed;
        done.serial = o.serial;
    }
    for (auto const& host : plan.meant)
        hosts_.confirmed(host->name, origin);
    return done;
}

// Saying again what is so is a sign that the host is there.
void batch::confirm_hosts(dns_update const& u, storage::change_origin const& origin)
{
    for (raw_record const& r : u.updates)
        if (r.klass == dns::rr_class::in && is_address(r.type))
            hosts_.confirmed(r.owner, origin);
}

} // namespace homing::update
