// What a batch does about zones that are followed.
#include "dns/serial.hpp"
#include "update/apply_received.hpp"
#include "update/batch.hpp"
#include "update/new_contents.hpp"
#include "update/secondary_zone.hpp"
#include "update/zone_change.hpp"

namespace homing::update {

namespace {

using dns::rcode;

outcome changed(std::uint32_t serial = 0)
{
    return {rcode::noerror, true, serial, {}};
}

} // namespace

outcome batch::perform(follow_zone const& f, storage::change_origin const& origin)
{
    auto const apex = storage::name_of_octets(f.what.apex);
    auto const followed = follows_.find(f.what.apex);
    if (followed == nullptr) {
        if (draft_.now().find(apex) != nullptr)
            return decline(rcode::refused, "The zone " + apex.to_string() + " is here already, and not as one that is followed.");
        follows_.put(f.what);
        draft_.put(0, placeholder(apex), {.is_secondary = true, .is_available = false, .is_catalog = f.what.is_catalog});
        return changed();
    }
    if (followed->is_catalog != f.what.is_catalog ||
        (followed->source->catalog != f.what.source->catalog && (f.takes_from.empty() || followed->source->catalog != f.takes_from)))
        return decline(rcode::refused, "The zone " + apex.to_string() + " is followed already, from " + followed->source->primaries + ".");
    if (*followed->source == *f.what.source && followed->label == f.what.label)
        return {};
    if (followed->label == f.what.label) {
        auto moved = *followed;
        moved.source = f.what.source;
        follows_.put(std::move(moved));
        return changed();
    }
    stop_following(*draft_.now().find(apex), origin);
    follows_.put(f.what);
    draft_.put(0, placeholder(apex), {.is_secondary = true, .is_available = false, .is_catalog = f.what.is_catalog});
    return changed();
}

/// Takes the zone away; what is known of it as one that is followed goes, too.
void batch::stop_following(zone::zone_version const& zone, storage::change_origin const& origin)
{
    std::int64_t const id = zone.id();
    dns::name const apex = zone.apex();
    if (id != 0) {
        drop_zone(apex, origin);
        keep_catalog(apex, id, false, origin);
    } else {
        draft_.remove(apex);
    }
    if (std::string const name = storage::name_octets(apex); follows_.find(name) != nullptr)
        follows_.remove(name);
}

outcome batch::perform(received_zone& r, storage::change_origin const& origin)
{
    std::string const octets = storage::name_octets(r.apex);
    auto const followed = follows_.find(octets);
    zone::zone_version const* const zone = draft_.now().find(r.apex);
    if (followed == nullptr || zone == nullptr)
        return decline(rcode::notauth, "The zone " + r.apex.to_string() + " is not followed any more.");
    outcome done = r.whole ? receive_whole(*r.whole, *zone, origin) : receive_steps(r, origin);
    if (!done.ok())
        return done;
    auto record = *followed;
    record.refreshed_ms = time_ms_;
    record.expires_ms = r.expires_ms;
    record.is_expired = false;
    follows_.put(std::move(record));
    make_available(r.apex);
    return done;
}

outcome batch::receive_steps(received_zone const& r, storage::change_origin const& origin)
{
    outcome done;
    for (auto const& step : r.steps) {
        zone_change change{*draft_.now().find(r.apex), draft_.now().seed()};
        if (outcome o = apply_received(change, step); !o.ok())
            return o;
        outcome const kept = keep(std::move(change), origin);
        done.changed = done.changed || kept.changed;
        done.serial = kept.serial;
    }
    return done;
}

/// With the primary's serial, which may be older than ours only where ours counts for nothing any more.
outcome batch::receive_whole(zone::contents const& all, zone::zone_version const& zone, storage::change_origin const& origin)
{
    std::uint32_t const given = serial_of(all);
    bool const is_first = zone.id() == 0;
    bool const is_newer = is_first || dns::is_newer_serial(given, zone.serial());
    if (!is_newer && zone.is_available())
        return decline(rcode::refused, "serial " + std::to_string(given) + " is not newer than ours, " + std::to_string(zone.serial()));
    if (is_newer && !is_first)
        if (zone_change change{zone, draft_.now().seed()}; become(change, all))
            return keep(std::move(change), origin);
    std::int64_t const id = is_first ? store_.next_zone_id() : zone.id();
    std::uint32_t const from = is_first ? 0 : zone.serial();
    draft_.put(id, all, {.is_secondary = true, .is_available = true, .is_catalog = zone.state().is_catalog});
    note_change(all.origin());
    operations_.push_back(storage::zone_put{id, &all, from, given, &origin, time_ms_});
    if (is_first)
        keep_catalog(all.origin(), id, true, origin);
    return changed(given);
}

void batch::make_available(dns::name_view apex)
{
    auto const& state = draft_.now().find(apex)->state();
    zone::zone_state const wanted{.is_secondary = true, .is_available = true, .is_catalog = state.is_catalog};
    if (state != wanted)
        draft_.mark(apex, wanted);
}

outcome batch::perform(zones_refreshed const& z, storage::change_origin const&)
{
    for (auto const& i : z.items) {
        auto const followed = follows_.find(i.apex);
        if (followed == nullptr || followed->expires_ms == 0)
            continue;
        auto record = *followed;
        record.refreshed_ms = i.refreshed_ms;
        record.expires_ms = i.expires_ms;
        record.is_expired = false;
        follows_.put(std::move(record));
        make_available(storage::name_of_octets(i.apex));
    }
    return {};
}

outcome batch::perform(expire_zone const& e, storage::change_origin const&)
{
    auto const followed = follows_.find(e.apex);
    if (followed == nullptr || followed->expires_ms == 0 || followed->is_expired)
        return {};
    auto record = *followed;
    record.is_expired = true;
    follows_.put(std::move(record));
    draft_.mark(storage::name_of_octets(e.apex), {.is_secondary = true, .is_available = false, .is_catalog = followed->is_catalog});
    return changed();
}

} // namespace homing::update
