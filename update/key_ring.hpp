// The TSIG keys and what they may do, as one immutable version.
//
// Shared by pointer; any thread may read. A change makes a new ring (writer.hpp).
#pragma once

#include "storage/store.hpp"

#include <map>
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
    explicit key_ring(std::vector<storage::key_record> const&);

    /// By name, any case; null if unknown.
    granted_key const* find(dns::name_view key_name) const noexcept;
    std::vector<granted_key> const& keys() const noexcept { return keys_; } ///< by name, canonical order

private:
    std::vector<granted_key> keys_;
};

} // namespace homing::update
