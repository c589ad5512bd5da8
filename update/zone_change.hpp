// A change of one zone in the making: what an update does is collected here, over an unchanged version, and becomes a diff at the end.
//
// So a refused update leaves nothing to be taken back, records that are deleted and added again cancel out, and the work depends on what is
// touched, never on the size of the zone. One thread; the version must outlive it.
#pragma once

#include "zone/diff.hpp"
#include "zone/zone_version.hpp"

#include <deque>
#include <optional>
#include <unordered_map>

namespace homing::update {

class zone_change {
public:
    /// `seed`: of the snapshot that the version belongs to (snapshot::seed).
    zone_change(zone::zone_version const& before, std::uint64_t seed) : before_{before}, seed_{seed} {}
    zone_change(zone_change const&) = delete;
    zone_change& operator=(zone_change const&) = delete;

    dns::name_view apex() const noexcept { return before_.apex(); }
    zone::zone_version const& before() const noexcept { return before_; }

    // In all that follows `owner` is the apex or below it, in any case.

    /// There is such an RRset, what was done so far included.
    bool has(dns::name_view owner, dns::rr_type) const;
    /// The types of the RRsets that stand at the name, what was done so far included.
    std::vector<dns::rr_type> types_at(dns::name_view owner) const;
    /// The RRset as it now stands, to be changed in place (its type stays); without records if there is none. Valid until the next call.
    dns::rrset& touch(dns::name_view owner, dns::rr_type);

    /// One RRset that was touched, and may have changed.
    struct touched {
        dns::rrset before, after;

        bool is_changed() const noexcept { return !(before.empty() && after.empty()) && !(before == after); }
    };
    /// The touched RRsets of one name.
    struct touched_name {
        dns::name owner;        ///< lower case
        zone::node const* node; ///< in the version before; null if it has no such name
        std::vector<touched> rrsets;
    };
    /// In the order in which they were first touched.
    std::deque<touched_name> const& names() const noexcept { return names_; }
    /// The most RRsets that were touched at one name.
    std::size_t widest() const noexcept { return widest_; }

    /// What is different from before, the SOA with a newer serial included; nothing if nothing is. The serial is the next one, unless
    /// the SOA itself was changed. Last call.
    std::optional<zone::diff> finish() &&;

private:
    touched_name const* find(dns::name_view owner, std::uint64_t hash) const;
    touched_name& find_or_add(dns::name_view owner);

    zone::zone_version const& before_;
    std::uint64_t seed_;
    std::deque<touched_name> names_;
    std::size_t widest_ = 0;
    std::unordered_multimap<std::uint64_t, touched_name*>
        by_hash_; // of the owner, keyed with seed_: owners are chosen by clients
};

} // namespace homing::update
