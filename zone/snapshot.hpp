// One immutable version of everything that this server serves: its zones.
//
// Held through versions.hpp; while held, all that is reachable from it stays as it is. Any thread.
#pragma once

#include "zone/zone_version.hpp"

namespace homing::zone {

class query_name;

class snapshot {
public:
    /// Counts up by one with each published version; starts at 1.
    std::uint64_t number() const noexcept { return number_; }
    std::size_t zone_count() const noexcept { return zone_count_; }

    /// The zone with exactly this apex (any case), or null.
    zone_version const* find(dns::name_view apex) const noexcept;
    /// The zone that a name belongs to: the one with the longest matching apex, or null.
    zone_version const* closest(dns::name_view name) const noexcept;
    /// The same for a prepared query name, looking at its last `labels` labels only.
    zone_version const* closest(query_name const&, std::size_t labels) const noexcept;

    static constexpr std::size_t no_depth = static_cast<std::size_t>(-1);
    /// The most labels, not more than `labels`, that the apex of some zone has; no_depth if there is none.
    std::size_t deepest_apex(std::size_t labels) const noexcept;
    /// The first step of `closest` by hand, for many names at once: probes for the zone whose apex has this hash.
    name_index<zone_version>::probe probe(std::uint64_t apex_hash) const noexcept { return {zones_, apex_hash}; }

    /// Calls f(zone_version const&) for every zone, in no order.
    template <class F>
    void for_each(F&& f) const
    {
        zones_.for_each([&](zone_version const& z) { f(z); });
    }

    /// The key of the hashes in this lineage of versions.
    std::uint64_t seed() const noexcept { return seed_; }

private:
    friend class draft;
    friend class loader;
    friend class versions;
    void count_zone(std::size_t labels, int change) noexcept;

    name_index<zone_version> zones_;
    std::uint64_t number_ = 0;
    std::uint64_t seed_ = 0;
    std::size_t zone_count_ = 0;
    // How many zones have an apex of so many labels: a look-up probes only depths in use.
    std::array<std::uint32_t, dns::max_labels + 1> zones_at_{};
    std::size_t deepest_ = 0;
};

} // namespace homing::zone
