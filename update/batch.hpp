// Requests tried one after the other on one draft, each on what the one before left, then made durable and visible together.
//
// A request that fails leaves the draft as it was. Nothing is seen by anybody, in memory or on disk, before `commit`; a batch that is
// dropped without it never was. The writer's thread alone; what `execute` was given must live until then.
#pragma once

#include "update/follow_notes.hpp"
#include "update/host_notes.hpp"
#include "update/key_ring.hpp"
#include "update/look_ahead.hpp"
#include "update/replay_memory.hpp"
#include "update/request.hpp"
#include "zone/versions.hpp"

#include <deque>
#include <optional>

namespace homing::update {

class batch {
public:
    /// `time_ms`: since 1970, for the journal.
    batch(storage::store&, zone::versions&, replay_memory&, std::shared_ptr<key_ring const>, host_book const&,
          follow_book const&, std::int64_t time_ms,
          std::shared_ptr<secondary_list const> = std::make_shared<secondary_list const>(),
          std::shared_ptr<storage::access_records const> = std::make_shared<storage::access_records const>());

    /// What the next few `execute` will need comes into the caches. May be left out.
    template <class Requests>
    void look_ahead_of(Requests const& requests)
    {
        look_ahead names{draft_.now()};
        for (auto const& r : requests)
            names.add(r.what);
        names.run();
    }

    /// Does the request in the draft, unless it is a signed one that was done before: that gets its first outcome. (Not const, because new contents of a zone may get another serial.)
    outcome execute(request&);

    /// To be stored with what there is; borrowed until `commit` returns.
    void add(storage::operation o) { also_.push_back(o); }
    /// Keys that are gone after this batch, or were for a while.
    std::deque<dns::name> const& removed_keys() const noexcept { return removed_keys_; }

    /// There is something to store: a change, or the outcome of a signed request without one.
    bool must_be_stored() const noexcept
    {
        return !operations_.empty() || !seen_.empty() || hosts_.must_be_stored() || follows_.must_be_stored();
    }
    /// Persists, then publishes. On failure nothing was stored and nothing is visible. Last call.
    dns::result<void> commit();
    /// The keys as they are after this batch.
    std::shared_ptr<key_ring const> const& keys() const noexcept { return keys_; }
    /// The secondaries as they are after this batch.
    std::shared_ptr<secondary_list const> const& secondaries() const noexcept { return secondaries_; }
    /// The zones that it changed, added or removed; one may be among them several times, or have changed back.
    std::vector<dns::name> const& changed_zones() const noexcept { return changed_zones_; }
    std::shared_ptr<storage::access_records const> const& access() const noexcept { return access_; }
    /// What it made of the hosts.
    host_notes const& hosts() const noexcept { return hosts_; }
    /// And of the followed zones.
    follow_notes const& follows() const noexcept { return follows_; }

private:
    std::optional<outcome> find_done(dns_update const&) const;
    void note(dns_update const&, dns::rcode);
    outcome attempt(request&);
    outcome perform(dns_update const&, storage::change_origin const&);
    outcome perform(edit const&, storage::change_origin const&);
    outcome perform(undo const&, storage::change_origin const&);
    outcome perform(put_zone&, storage::change_origin const&);
    outcome perform(remove_zone const&, storage::change_origin const&);
    outcome perform(put_key&, storage::change_origin const&);
    outcome perform(change_key const&, storage::change_origin const&);
    outcome perform(remove_key const&, storage::change_origin const&);
    outcome perform(put_host&, storage::change_origin const&);
    outcome perform(remove_host const&, storage::change_origin const&);
    outcome perform(host_update&, storage::change_origin const&);
    outcome perform(lapse_host const&, storage::change_origin const&);
    outcome perform(save_hosts const&, storage::change_origin const&);
    outcome perform(put_secondary&, storage::change_origin const&);
    outcome perform(remove_secondary const&, storage::change_origin const&);
    outcome perform(put_token const&, storage::change_origin const&);
    outcome perform(remove_token const&, storage::change_origin const&);
    outcome perform(put_setting const&, storage::change_origin const&);
    outcome perform(follow_zone const&, storage::change_origin const&);
    outcome perform(received_zone&, storage::change_origin const&);
    outcome perform(zones_refreshed const&, storage::change_origin const&);
    outcome perform(expire_zone const&, storage::change_origin const&);
    outcome receive_steps(received_zone const&, storage::change_origin const&);
    outcome receive_whole(zone::contents const&, zone::zone_version const&, storage::change_origin const&);
    void stop_following(zone::zone_version const&, storage::change_origin const&);
    void make_available(dns::name_view apex);
    outcome put(storage::key_record&, bool only_if_new);
    outcome remove(dns::name const& key_name);
    struct host_plan;
    void plan_named(host_update&, granted_key const&, host_plan&);
    void plan_prefix(host_update const&, granted_key const&, host_plan&);
    outcome carry_out(host_plan const&, storage::change_origin const&);
    outcome clear_addresses(storage::host_record const&, storage::change_origin const&, bool has_lapsed);
    void confirm_hosts(dns_update const&, storage::change_origin const&);
    outcome put_whole(put_zone&, zone::zone_version const* old, storage::change_origin const&);
    outcome keep(class zone_change&&, storage::change_origin const&, bool has_lapsed = false);
    void drop_zone(dns::name_view apex, storage::change_origin const&);
    void put_catalog(dns::name_view apex, storage::change_origin const&);
    void keep_catalog(dns::name_view member, std::int64_t id, bool is_there, storage::change_origin const&);
    void note_change(dns::name_view apex);
    dns::result<void> store();

    storage::store& store_;
    zone::versions& versions_;
    replay_memory& replays_;
    std::vector<storage::seen_update> seen_; // in this batch
    outcomes_by_identity seen_here_;         // the same
    std::shared_ptr<key_ring const> keys_;
    std::shared_ptr<secondary_list const> secondaries_;
    std::vector<dns::name> changed_zones_;
    std::shared_ptr<storage::access_records const> access_;
    host_book const& host_book_;
    host_notes hosts_;
    follow_notes follows_;
    std::int64_t time_ms_;
    zone::draft draft_;
    std::deque<zone::diff> diffs_; // what operations_ points to, with the next
    std::deque<storage::key_record> changed_keys_;
    std::deque<dns::name> removed_keys_;
    std::deque<zone::contents> catalogs_;
    std::vector<storage::operation> operations_, also_;
};

} // namespace homing::update
