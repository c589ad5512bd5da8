// The TSIG keys and what they may do, as one immutable version.
//
// Shared by pointer; any thread may read. A change makes a new ring (writer.hpp), which shares the prepared keys that stayed.
#pragma once

#include "storage/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace homing::update {

/// A key with its grants.
struct granted_key {
    std::shared_ptr<dns::tsig_key const> key;
    std::vector<storage::grant> grants;

    /// May change data at `owner`.
    bool may_change(dns::name_view owner) const noexcept;
    /// Has some right inside the zone with this apex: a grant for the apex, above it, or for a name in it.
    bool has_right_in(dns::name_view apex) const noexcept;
    /// May transfer the zone: a grant covers its apex (and so everything in it).
    bool may_transfer(dns::name_view apex) const noexcept { return may_change(apex); }
};

class key_ring {
public:
    key_ring() = default;
    /// Of several keys with one name the last one counts.
    explicit key_ring(std::vector<storage::key_record> const&);

    /// By name, any case; null if unknown. Lives as long as the ring.
    granted_key const* find(dns::name_view key_name) const noexcept;
    std::vector<granted_key> const& keys() const noexcept { return keys_; } ///< by name, canonical order

    /// The ring with this key added, or in the place of the one with its name.
    key_ring with(storage::key_record const&) const;
    /// The ring without the key of this name.
    key_ring without(dns::name_view key_name) const;

private:
    explicit key_ring(std::vector<granted_key> sorted);

    std::vector<granted_key> keys_;
    std::vector<std::uint32_t> slots_; // open addressing by the hash of the name, a power of two; index into keys_ plus 1, or 0
};

} // namespace homing::update
