// What a batch does with the servers that follow this one, and with the catalog that they follow.
#include "update/batch.hpp"
#include "update/zone_change.hpp"

namespace homing::update {

namespace {

using dns::rcode;

} // namespace

outcome batch::perform(put_secondary& p, storage::change_origin const& origin)
{
    auto const& list = *secondaries_;
    dns::name const* const catalog = list.catalog();
    if (list.find(p.secondary.name))
        return decline(rcode::refused, "The secondary " + p.secondary.name.to_string() + " is there already.");
    if (list.all().size() >= max_secondaries)
        return decline(rcode::refused, "There are " + std::to_string(max_secondaries) + " secondaries, which is the most.");
    if (catalog)
        p.secondary.catalog = *catalog;
    else if (draft_.now().find(p.secondary.catalog))
        return decline(rcode::refused,
                       "There is a zone " + p.secondary.catalog.to_string() + ", so the catalog needs another name (--catalog).");
    if (outcome o = put(p.key, true); !o.ok())
        return o;
    p.secondary.since_ms = time_ms_;
    if (!catalog)
        put_catalog(p.secondary.catalog, origin);
    secondaries_ = std::make_shared<secondary_list const>(list.with(p.secondary));
    operations_.push_back(storage::secondary_put{&p.secondary});
    return {rcode::noerror, true, 0, {}};
}

outcome batch::perform(remove_secondary const& r, storage::change_origin const& origin)
{
    auto const* const gone = secondaries_->find(r.name);
    if (!gone)
        return decline(rcode::refused, "There is no secondary " + r.name.to_string());
    dns::name const catalog = gone->catalog;
    auto next = std::make_shared<secondary_list const>(secondaries_->without(r.name));
    if (keys_->find(r.name))
        remove(r.name);
    operations_.push_back(storage::secondary_removed{r.name});
    if (next->all().empty())
        drop_zone(catalog, origin);
    secondaries_ = std::move(next);
    return {rcode::noerror, true, 0, {}};
}

/// With all zones that there are. Its serial is newer than that of a catalog of the same name that was there before.
void batch::put_catalog(dns::name_view apex, storage::change_origin const& origin)
{
    auto const serial = static_cast<std::uint32_t>(time_ms_ / 1000);
    auto const& made = catalogs_.emplace_back(make_catalog(apex, draft_.now(), serial));
    std::int64_t const id = store_.next_zone_id();
    draft_.put(id, made, catalog_state);
    operations_.push_back(storage::zone_put{id, &made, 0, serial, &origin, time_ms_});
    note_change(apex);
}

/// A zone came or goes: so does its entry in the catalog, in the same transaction.
void batch::keep_catalog(dns::name_view member, std::int64_t id, bool is_there, storage::change_origin const& origin)
{
    dns::name const* const apex = secondaries_->catalog();
    zone::zone_version const* const catalog = apex ? draft_.now().find(*apex) : nullptr;
    bool const is_member = !is_there || !draft_.now().find(member)->state().is_catalog;
    if (!catalog || !is_member)
        return;
    zone_change change{*catalog, draft_.now().seed()};
    dns::rrset& entry = change.touch(member_owner(*apex, id), dns::rr_type::ptr);
    entry.clear();
    entry.ttl(0);
    if (is_there)
        entry.add(member.bytes());
    keep(std::move(change), origin);
}

} // namespace homing::update
