#include "update/batch.hpp"

#include "dns/serial.hpp"
#include "update/apply.hpp"
#include "update/apply_edit.hpp"
#include "update/key_change.hpp"
#include "update/new_contents.hpp"
#include "update/policy.hpp"
#include "update/prerequisites.hpp"
#include "update/secondary_zone.hpp"
#include "update/undo_plan.hpp"
#include "update/zone_change.hpp"
#include "zone/check.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using dns::rcode;

std::string text(dns::name_view n)
{
    return n.to_string();
}

// 3.1.2
zone::zone_version const* zone_of(dns_update const& u, zone::snapshot const& now)
{
    return u.zone_class == dns::rr_class::in ? now.find(u.zone) : nullptr;
}

// 3.2 and 3.4.1.3: every name of both sections is in the zone.
outcome check_owners(dns::name_view apex, std::span<raw_record const> records)
{
    for (raw_record const& r : records)
        if (!r.owner.view().is_subdomain_of(apex))
            return decline(rcode::notzone, text(r.owner) + " is not in the zone " + text(apex), r.owner, r.type);
    return {};
}

outcome check_owners(dns::name_view apex, dns_update const& u)
{
    outcome o = check_owners(apex, u.prerequisites);
    return o.ok() ? check_owners(apex, u.updates) : o;
}

// Of the first record, of those that are to be changed if there are any: what a refusal as a whole is told with.
outcome decline_all(dns_update const& u, rcode code, std::string reason)
{
    auto const& records = u.updates.empty() ? u.prerequisites : u.updates;
    return records.empty() ? decline(code, std::move(reason))
                           : decline(code, std::move(reason), records.front().owner, records.front().type);
}

// The key is looked at once more: it may have been changed while the update waited.
outcome check_right(granted_key const* key, dns_update const& u, dns::name_view apex, std::uint64_t now)
{
    if (!key || key->state(now) != key_state::valid || !key->has_secret(u.secret, now))
        return decline_all(u, rcode::refused, "Key " + text(u.key_name) + " does not count any more");
    if (!has_right_in(*key, apex))
        return decline_all(u, rcode::refused, "Key " + text(u.key_name) + " has no right in the zone " + text(apex));
    return {};
}

zone::zone_version const* zone_of(edit const& e, zone::snapshot const& now)
{
    if (e.zone)
        return now.find(*e.zone);
    return e.items.empty() ? nullptr : now.closest(e.items.front().owner);
}

std::string missing_zone(edit const& e)
{
    if (e.zone)
        return "There is no zone " + text(*e.zone);
    return e.items.empty() ? "Nothing is to be changed." : "No zone here holds " + text(e.items.front().owner);
}

// The first error among the findings, and how many others there are; empty if there is none.
std::string errors_of(std::vector<zone::finding> const& findings)
{
    std::string first;
    std::size_t errors = 0;
    for (auto const& f : findings)
        if (f.level == zone::finding::severity::error && ++errors == 1)
            first = f.line != 0 ? "Line " + std::to_string(f.line) + ": " + f.message : f.message;
    return errors > 1 ? first + " (And " + std::to_string(errors - 1) + " more.)" : first;
}

} // namespace

batch::batch(storage::store& store, zone::versions& versions, replay_memory& replays, std::shared_ptr<key_ring const> keys,
             host_book const& hosts, follow_book const& follows, std::int64_t time_ms,
             std::shared_ptr<secondary_list const> secondaries, std::shared_ptr<storage::access_records const> access)
    : store_{store},
      versions_{versions},
      replays_{replays},
      keys_{std::move(keys)},
      secondaries_{std::move(secondaries)},
      access_{std::move(access)},
      host_book_{hosts},
      hosts_{hosts, time_ms},
      follows_{follows},
      time_ms_{time_ms},
      draft_{versions.begin()}
{
}

outcome batch::execute(request& r)
{
    auto const* const u = std::get_if<dns_update>(&r.what);
    if (u == nullptr || !u->signature)
        return attempt(r);
    if (auto done = find_done(*u))
        return std::move(*done);
    outcome o = attempt(r);
    note(*u, o.rcode);
    return o;
}

// What failed for no fault of its own may be tried again, and a message that breaks the syntax does nothing whenever it comes.
void batch::note(dns_update const& u, dns::rcode code)
{
    if (code == rcode::servfail || !u.fault.empty())
        return;
    seen_.push_back(*u.signature);
    seen_.back().rcode = code;
    seen_here_.emplace(u.signature->identity, code);
}

// The same message came before, whoever sends it now; or so long ago that nobody can tell.
std::optional<outcome> batch::find_done(dns_update const& u) const
{
    auto before = replays_.find(*u.signature);
    if (auto const here = seen_here_.find(u.signature->identity); here != seen_here_.end())
        before = here->second;
    if (before == rcode::noerror)
        return outcome{};
    if (before)
        return decline_all(u, *before, "As when this message first came");
    if (replays_.is_before_memory(*u.signature))
        return decline_all(u, rcode::badtime, "It was signed too long ago to tell whether it was executed before");
    return {};
}

outcome batch::attempt(request& r)
{
    auto const before = draft_.save();
    std::size_t const operations = operations_.size();
    std::size_t const follows = follows_.here();
    auto const keys = keys_;
    auto const secondaries = secondaries_;
    auto const access = access_;
    outcome o;
    try {
        o = std::visit([&](auto& what) { return perform(what, r.origin); }, r.what);
        if (o.ok() || !std::holds_alternative<received_zone>(r.what)) // of which some steps may have been done
            return o;
    } catch (std::exception const& e) {
        o = decline(rcode::servfail, std::string{"The change could not be made: "} + e.what() + ".");
    }
    draft_.rollback(before);
    operations_.resize(operations, storage::operation{storage::key_removed{}});
    follows_.rewind(follows);
    keys_ = keys;
    secondaries_ = secondaries;
    access_ = access;
    return o;
}

// A change of a zone becomes part of the draft and of what will be stored.
outcome batch::keep(zone_change&& change, storage::change_origin const& origin, bool has_lapsed)
{
    zone::zone_version const& zone = change.before();
    std::int64_t const id = zone.id();
    outcome done{rcode::noerror, false, zone.serial(), {}};
    auto diff = std::move(change).finish();
    if (!diff)
        return done;
    auto edited = draft_.edit(zone.apex());
    for (auto const& c : diff->changes)
        edited.set(c.owner, c.after);
    edited.apply();
    done.changed = true;
    done.serial = diff->serial_to;
    note_change(zone.apex());
    hosts_.changed(*diff, origin, has_lapsed);
    operations_.push_back(storage::zone_changed{id, &diffs_.emplace_back(std::move(*diff)), &origin, time_ms_});
    return done;
}

// RFC 2136 3.1 to 3.4, on one version of the zone. Whoever has no right in the zone learns nothing of what it holds: prerequisites are
// looked at only for others.
outcome batch::perform(dns_update const& u, storage::change_origin const& origin)
{
    zone::zone_version const* zone = zone_of(u, draft_.now());
    if (!zone)
        return decline(rcode::notauth, "There is no zone " + text(u.zone));
    if (outcome o = check_is_primary(*zone); !o.ok())
        return o;
    if (!u.fault.empty())
        return decline(rcode::formerr, u.fault);
    if (outcome o = check_owners(zone->apex(), u); !o.ok())
        return o;
    granted_key const* key = keys_->find(u.key_name);
    if (outcome o = check_right(key, u, zone->apex(), static_cast<std::uint64_t>(time_ms_ / 1000)); !o.ok())
        return o;
    if (outcome o = check_prerequisites(*zone, u.prerequisites); !o.ok())
        return o;
    if (outcome o = check_policy(*key, *zone, u.updates); !o.ok())
        return o;
    zone_change change{*zone, draft_.now().seed()};
    if (outcome o = apply_updates(change, u.updates); !o.ok())
        return o;
    outcome done = keep(std::move(change), origin);
    confirm_hosts(u, origin);
    return done;
}

outcome batch::perform(edit const& e, storage::change_origin const& origin)
{
    zone::zone_version const* zone = zone_of(e, draft_.now());
    if (!zone)
        return decline(rcode::notauth, missing_zone(e));
    if (outcome o = check_is_primary(*zone); !o.ok())
        return o;
    zone_change change{*zone, draft_.now().seed()};
    if (outcome o = apply_edit(change, e); !o.ok())
        return o;
    return keep(std::move(change), origin);
}

outcome batch::perform(undo const& u, storage::change_origin const& origin)
{
    zone::zone_version const* zone = draft_.now().find(u.zone);
    if (!zone || zone->id() != u.zone_id)
        return decline(rcode::notauth, "The zone " + text(u.zone) + " was removed meanwhile.");
    if (outcome o = check_is_primary(*zone); !o.ok())
        return o;
    zone_change change{*zone, draft_.now().seed()};
    if (outcome o = apply_undo(change, u); !o.ok())
        return o;
    return keep(std::move(change), origin);
}

outcome batch::perform(put_zone& p, storage::change_origin const& origin)
{
    dns::name_view const apex = p.contents.origin();
    zone::zone_version const* old = draft_.now().find(apex);
    if (old)
        if (outcome o = check_is_no_catalog(*old); !o.ok())
            return o;
    if (old && p.only_if_new)
        return decline(rcode::refused, "The zone " + text(apex) + " is there already.");
    if (old)
        if (outcome o = check_is_primary(*old); !o.ok())
            return o;
    if (std::string errors = errors_of(zone::check(p.contents)); !errors.empty())
        return decline(rcode::refused, std::move(errors));
    if (old)
        if (zone_change change{*old, draft_.now().seed()}; become(change, p.contents))
            return keep(std::move(change), origin);
    return put_whole(p, old, origin);
}

outcome batch::put_whole(put_zone& p, zone::zone_version const* old, storage::change_origin const& origin)
{
    std::uint32_t const given = serial_of(p.contents);
    bool const is_newer = !old || dns::is_newer_serial(given, old->serial());
    if (!is_newer)
        p.contents.set_serial(dns::next_serial(old->serial()));
    std::int64_t const id = old ? old->id() : store_.next_zone_id();
    std::uint32_t const from = old ? old->serial() : 0, to = is_newer ? given : dns::next_serial(from);
    draft_.put(id, p.contents);
    operations_.push_back(storage::zone_put{id, &p.contents, from, to, &origin, time_ms_});
    note_change(p.contents.origin());
    if (old == nullptr)
        keep_catalog(p.contents.origin(), id, true, origin);
    return {rcode::noerror, true, to, {}};
}

outcome batch::perform(remove_zone const& r, storage::change_origin const& origin)
{
    zone::zone_version const* zone = draft_.now().find(r.apex);
    if (!zone)
        return decline(rcode::notauth, "There is no zone " + text(r.apex));
    if (outcome o = check_is_no_catalog(*zone); !o.ok())
        return o;
    auto const followed = follows_.find(storage::name_octets(r.apex));
    if (followed && followed->is_catalog && !r.is_by_catalog)
        return decline(rcode::refused, "The zone " + text(r.apex) + " is a catalog that is followed: 'homing unfollow' ends that.");
    if (followed && !followed->source->catalog.empty() && !r.is_by_catalog)
        return decline(rcode::refused, "The zone " + text(r.apex) + " is a member of the catalog zone " +
                                           text(storage::name_of_octets(followed->source->catalog)) +
                                           ": remove it at the primary.");
    stop_following(*zone, origin);
    return {rcode::noerror, true, 0, {}};
}

void batch::drop_zone(dns::name_view apex, storage::change_origin const& origin)
{
    zone::zone_version const* const zone = draft_.now().find(apex);
    if (!zone)
        return;
    operations_.push_back(storage::zone_removed{zone->id(), zone->serial(), &origin, time_ms_});
    note_change(apex);
    draft_.remove(apex);
}

void batch::note_change(dns::name_view apex)
{
    if (changed_zones_.empty() || !(changed_zones_.back() == apex))
        changed_zones_.emplace_back(apex);
}

outcome batch::perform(put_key& p, storage::change_origin const&)
{
    return put(p.key, p.only_if_new);
}

outcome batch::put(storage::key_record& key, bool only_if_new)
{
    if (only_if_new && keys_->find(key.key_name))
        return decline(rcode::refused, "The key " + text(key.key_name) + " is there already.");
    if (std::string fault = fault_of(key.grants); !fault.empty())
        return decline(rcode::refused, std::move(fault));
    key.grants_made = 0; // it may be tried again
    for (auto& g : key.grants)
        g.number = ++key.grants_made;
    auto next = std::make_shared<key_ring const>(keys_->with(key));
    operations_.push_back(storage::key_put{&key});
    keys_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

outcome batch::perform(change_key const& c, storage::change_origin const&)
{
    granted_key const* const key = keys_->find(c.key_name);
    if (key == nullptr)
        return decline(rcode::refused, "There is no key " + text(c.key_name));
    auto changed = apply_change(*key, c, time_ms_ / 1000);
    if (!changed)
        return decline(rcode::refused, changed.error().message);
    if (!changed->key)
        return {};
    auto& stored = changed_keys_.emplace_back(changed->key->bare_record());
    auto next = std::make_shared<key_ring const>(keys_->with(std::move(*changed->key)));
    operations_.push_back(storage::key_changed{&stored});
    if (changed->added)
        operations_.push_back(storage::grant_put{stored.key_name, &stored.grants.emplace_back(std::move(*changed->added))});
    if (changed->removed)
        operations_.push_back(storage::grant_removed{stored.key_name, *changed->removed});
    keys_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

outcome batch::perform(remove_key const& r, storage::change_origin const&)
{
    return remove(r.key_name);
}

outcome batch::remove(dns::name const& key_name)
{
    if (!keys_->find(key_name))
        return decline(rcode::refused, "There is no key " + text(key_name));
    auto next = std::make_shared<key_ring const>(keys_->without(key_name));
    operations_.push_back(storage::key_removed{key_name});
    removed_keys_.push_back(key_name);
    keys_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

dns::result<void> batch::commit()
{
    if (!must_be_stored())
        return {};
    bool const has_changes = !operations_.empty() || follows_.must_be_stored();
    if (auto stored = store(); !stored)
        return stored;
    if (has_changes)
        versions_.publish(std::move(draft_));
    replays_.remember(seen_);
    return {};
}

dns::result<void> batch::store()
{
    replays_.make_room(seen_.size(), static_cast<std::uint64_t>(time_ms_ / 1000));
    auto const forgotten = replays_.unsaved();
    if (!forgotten.empty())
        operations_.push_back(storage::updates_forgotten{replays_.first_kept(), forgotten});
    hosts_.append_to(operations_);
    follows_.append_to(operations_);
    std::int64_t number = replays_.next_number();
    for (auto& u : seen_) {
        u.number = number++;
        operations_.push_back(storage::update_seen{&u});
    }
    operations_.insert(operations_.end(), also_.begin(), also_.end());
    try {
        return store_.commit(operations_);
    } catch (std::exception const& e) {
        return dns::failure{std::string{"The store failed: "} + e.what() + "."};
    }
}

} // namespace homing::update
