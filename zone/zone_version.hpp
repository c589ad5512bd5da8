// One immutable version of one zone.
//
// Safe to read from any thread for as long as the version of everything it belongs to is held (versions.hpp).
#pragma once

#include "zone/name_index.hpp"
#include "zone/node.hpp"
#include "zone/pool.hpp"

namespace homing::zone {

/// What a zone is here, beside what it holds.
struct zone_state {
    bool is_secondary = false;
    bool is_available = true;
    bool is_catalog = false; ///< ours, or one that is followed: for those alone who may transfer it (RFC 9432 7)

    friend bool operator==(zone_state const&, zone_state const&) = default;
};

class zone_version {
public:
    dns::name_view apex() const noexcept { return {apex_name_, apex_size_}; }
    /// The store's number of this zone: the same for all its versions.
    std::int64_t id() const noexcept { return id_; }
    std::uint32_t serial() const noexcept { return serial_; }
    /// Its contents come from elsewhere: nothing changes them here.
    bool is_secondary() const noexcept { return state_.is_secondary; }
    /// It may be answered from; false for a secondary without contents yet (then they are an SOA of our making) or one that has expired.
    bool is_available() const noexcept { return state_.is_available; }
    zone_state const& state() const noexcept { return state_; }
    node const& apex_node() const noexcept { return *apex_node_; }
    /// Names that exist, empty non-terminals included.
    std::size_t name_count() const noexcept { return names_; }

    /// The node of a name (any case), or null. Precondition: `owner` is the apex or below it.
    node const* find(dns::name_view owner) const noexcept;
    /// The same in steps: a probe (name_index.hpp), and what it found.
    name_index<node>::probe probe(dns::name_view owner) const noexcept;
    node const* finish(name_index<node>::probe const&, dns::name_view owner) const noexcept;
    /// The same where the hash of the lower-case name is known (name_hash.hpp).
    node const* find(std::uint64_t hash, std::span<std::uint8_t const> lower_relative) const noexcept;

    /// Some name with NS below the apex, or with DNAME, may stand `depth` labels below the apex; or some wildcard may. Never false for
    /// one that does: look-ups probe only such depths for a cut above a name, or for a wildcard.
    bool may_cut_at(std::size_t depth) const noexcept { return cuts_[slot_of(depth)] != 0; }
    bool may_have_wildcard_at(std::size_t depth) const noexcept { return wildcards_[slot_of(depth)] != 0; }
    bool has_cuts() const noexcept
    {
        for (auto c : cuts_)
            if (c != 0)
                return true;
        return false;
    }

    /// The SOA as negative answers show it; borrows from the apex's node.
    struct denial {
        std::uint8_t const* record = nullptr;  ///< as the node has it
        std::uint8_t const* numbers = nullptr; ///< serial to minimum, 20 octets
        std::uint32_t ttl = 0;                 ///< the lower of its TTL and MINIMUM (RFC 2308 3)
        bool is_within_zone = false;           ///< both names are at or below the apex
        std::uint8_t mname_size = 0;
        std::uint8_t mname_kept = 0, rname_kept = 0; ///< if so: octets of each that stand before the apex
    };
    denial const& soa_of_denial() const noexcept { return denial_; }

    /// Calls f(node const&) for every name, in no order.
    template <class F>
    void for_each(F&& f) const
    {
        names_index_.for_each([&](node const& n) { f(n); });
    }

    /// Frees the zone with all its names, its index and itself. Nobody may be able to see it.
    static void release(pool&, zone_version const*) noexcept;

    std::uint64_t apex_hash() const noexcept { return apex_hash_; }
    std::size_t apex_labels() const noexcept { return apex_labels_; }
    name_index<node> const& names() const noexcept { return names_index_; }

private:
    friend class draft;
    friend class zone_edit;
    friend class zone_builder;
    void set_apex(node const*) noexcept;
    void count_name(node const&, std::size_t depth, std::uint32_t change) noexcept;
    static constexpr std::size_t depth_slots = 6;
    static constexpr std::size_t slot_of(std::size_t depth) noexcept { return depth < depth_slots ? depth : depth_slots - 1; }

    // What a look-up reads stands first.
    std::uint64_t apex_hash_ = 0;
    std::uint8_t const* apex_name_ = nullptr; // in the pool, for the whole life of the zone
    name_index<node> names_index_;
    node const* apex_node_ = nullptr;
    std::uint8_t apex_size_ = 0;
    std::uint8_t apex_labels_ = 0;
    zone_state state_;
    // Names with NS or DNAME, and wildcards, by labels below the apex; the last slot for all deeper ones.
    std::uint32_t cuts_[depth_slots] = {}, wildcards_[depth_slots] = {};
    denial denial_;
    std::int64_t id_ = 0;
    std::uint32_t serial_ = 0;
    std::uint32_t names_ = 0;
};

} // namespace homing::zone
