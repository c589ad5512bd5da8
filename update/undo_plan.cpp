#include "update/undo_plan.hpp"

#include "dns/presentation.hpp"
#include "dns/serial.hpp"
#include "update/apply.hpp"

#include <algorithm>

namespace homing::update {

namespace {

dns::rrset with_serial(dns::rrset const& soa, std::uint32_t serial)
{
    dns::rrset out{soa.type(), soa.ttl()};
    soa.for_each([&](dns::rdata_view r) { out.append(dns::with_serial(r, serial)); });
    return out;
}

/// Serials are the server's own: without them, a SOA is an RRset like any other.
dns::rrset without_serial(dns::rrset set)
{
    return set.type() == dns::rr_type::soa ? with_serial(set, 0) : set;
}

zone::rrset_change without_serial(zone::rrset_change c)
{
    return {c.owner, without_serial(std::move(c.before)), without_serial(std::move(c.after))};
}

std::pair<std::string, dns::rr_type> key_of(zone::rrset_change const& c)
{
    auto const octets = c.owner.view().bytes();
    return {std::string{octets.begin(), octets.end()}, c.type()};
}

later_change summary(storage::journal_entry const& e)
{
    return {e.number, e.time_ms, e.origin};
}

void add_newest(std::vector<later_change>& to, storage::journal_entry const& e)
{
    if (!to.empty() && to.back().number == e.number)
        return;
    if (to.size() == undo_plan::max_named)
        to.erase(to.begin());
    to.push_back(summary(e));
}

std::vector<later_change> newest_first(std::vector<later_change> by)
{
    std::ranges::reverse(by);
    return by;
}

/// The RRset as it is now holds what came with the change, and nothing of what left.
bool holds_what_came(zone::rrset_change const& c, dns::rrset const& now)
{
    bool good = c.after.empty() || c.after.ttl() == now.ttl();
    c.after.for_each([&](dns::rdata_view r) { good = good && now.contains(r); });
    c.before.for_each([&](dns::rdata_view r) { good = good && (c.after.contains(r) || !now.contains(r)); });
    return good;
}

dns::rrset taken_back(zone::rrset_change const& c, dns::rrset const& now)
{
    dns::rrset set = without_serial(now);
    c.after.for_each([&](dns::rdata_view r) { set.remove(r); });
    if (!c.before.empty())
        set.ttl(c.before.ttl());
    c.before.for_each([&](dns::rdata_view r) { set.add(r); });
    return c.type() == dns::rr_type::soa ? with_serial(set, dns::read_soa(now.front()).serial) : set;
}

dns::rrset rrset_at(zone::zone_version const& zone, dns::name_view owner, dns::rr_type type)
{
    zone::node const* const node = zone.find(owner);
    zone::rrset_view const there = node != nullptr ? node->find(type) : zone::rrset_view{};
    return there ? there.copy() : dns::rrset{type, 0};
}

} // namespace

undo_plan::undo_plan(storage::journal_entry change) : change_{std::move(change)}
{
    for (zone::rrset_change const& c : change_.changes) {
        if (zone::is_serial_only(c))
            continue;
        index_.emplace(key_of(c), rrsets_.size());
        rrsets_.push_back({without_serial(c), {}, {}});
        with_it_.add(rrsets_.back().change);
    }
}

bool undo_plan::look_at(zone::snapshot const& now)
{
    zone::zone_version const* const zone = now.find(change_.zone);
    if (zone == nullptr || zone->id() != change_.zone_id)
        return false;
    for (touched& t : rrsets_)
        t.now = rrset_at(*zone, t.change.owner, t.change.type());
    return true;
}

undo_plan::touched* undo_plan::find(zone::rrset_change const& c)
{
    auto const at = index_.find(key_of(c));
    return at == index_.end() ? nullptr : &rrsets_[at->second];
}

void undo_plan::see(storage::journal_entry const& e)
{
    if (!e.is_incremental())
        replaced_by_ = summary(e);
    for (zone::rrset_change const& c : e.changes) {
        if (zone::is_serial_only(c))
            continue;
        touched* const same = find(c);
        if (same == nullptr) {
            auto const at = index_.lower_bound({key_of(c).first, dns::rr_type{}});
            if (at != index_.end() && at->first.first == key_of(c).first)
                add_newest(neighbours_, e);
            continue;
        }
        auto const plain = without_serial(c);
        since_.add(plain);
        with_it_.add(plain);
        add_newest(same->by, e);
        ++same->count;
    }
}

undo_plan::state undo_plan::state_of(touched const& t) const
{
    if (replaced_by_)
        return state::other;
    if (!since_.is_changed(t.change.owner, t.change.type()))
        return holds_what_came(t.change, without_serial(t.now)) ? state::as_left : state::other;
    return with_it_.is_changed(t.change.owner, t.change.type()) ? state::other : state::as_before;
}

std::vector<undo_plan::obstacle> undo_plan::obstacles() const
{
    std::vector<obstacle> all;
    for (touched const& t : rrsets_)
        if (state_of(t) == state::other)
            all.push_back({t.change.owner, t.change.type(), newest_first(t.by), t.count});
    return all;
}

std::vector<later_change> undo_plan::neighbours() const
{
    return newest_first(neighbours_);
}

undo undo_plan::request() const
{
    undo u{change_.zone, change_.zone_id, {}};
    for (touched const& t : rrsets_)
        if (state_of(t) == state::as_left)
            u.items.push_back({t.change.owner, t.now, taken_back(t.change, t.now)});
    return u;
}

namespace {

outcome refuse(dns::name_view owner, char const* why)
{
    return decline(dns::rcode::refused, owner.to_string() + " " + why);
}

void put(zone_change& change, undo::item const& i)
{
    if (without_serial(i.wanted) == without_serial(i.expected))
        return;
    bool const is_soa = i.wanted.type() == dns::rr_type::soa;
    change.touch(i.owner, i.wanted.type()) =
        is_soa ? with_serial(i.wanted, dns::next_serial(change.before().serial())) : i.wanted;
}

} // namespace

// What is hidden by a DNAME or a cut may come back, as an UPDATE could bring it.
outcome apply_undo(zone_change& change, undo const& u)
{
    for (undo::item const& i : u.items) {
        dns::rrset const now = rrset_at(change.before(), i.owner, i.wanted.type());
        if (!(without_serial(now) == without_serial(i.expected)))
            return decline(dns::rcode::nxrrset,
                           i.owner.to_string() + " " + dns::to_string(i.wanted.type()) + " was changed meanwhile.");
        put(change, i);
    }
    for (auto const& name : change.names())
        if (change.has(name.owner, dns::rr_type::cname) && has_other_than_cname(change, name.owner))
            return refuse(name.owner, "cannot have a CNAME and other records (RFC 2181 10.1).");
    if (!change.has(change.apex(), dns::rr_type::ns) || !change.has(change.apex(), dns::rr_type::soa))
        return refuse(change.apex(), "cannot be without a SOA and name servers.");
    return check_sizes(change);
}

} // namespace homing::update
