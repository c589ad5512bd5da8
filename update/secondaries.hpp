// The servers that follow this one, and the catalog zone (RFC 9432) by which they learn of its zones.
//
// A list is immutable once it is shared: a change makes another. Pure functions but for the last; any thread.
#pragma once

#include "storage/key_record.hpp"
#include "storage/secondary_record.hpp"
#include "zone/contents.hpp"
#include "zone/snapshot.hpp"
#include "zone/versions.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace homing::update {

inline constexpr std::size_t max_secondaries = 64;

class secondary_list {
public:
    secondary_list() = default;
    explicit secondary_list(std::vector<storage::secondary_record> all) : all_{std::move(all)} {}

    std::vector<storage::secondary_record> const& all() const noexcept { return all_; }
    storage::secondary_record const* find(dns::name_view name) const noexcept;
    secondary_list with(storage::secondary_record) const;
    secondary_list without(dns::name_view name) const;

    /// The catalog zone that is kept for them; null if there are none.
    dns::name const* catalog() const noexcept { return all_.empty() ? nullptr : &all_.front().catalog; }

private:
    std::vector<storage::secondary_record> all_;
};

/// A server that is to follow this one from now on: with a key of its name that may transfer everything. The first one brings the catalog with it.
/// Declined if there is such a secondary, key, or zone, or there are too many.
struct put_secondary {
    storage::secondary_record secondary;
    storage::key_record key; ///< its grants get their numbers from the writer
};
/// It goes, with its key; the last one takes the catalog with it.
struct remove_secondary {
    dns::name name;
};

/// The owner in the catalog by which a zone is a member, the same as long as the zone is there and never another's (RFC 9432 4.1).
dns::name member_owner(dns::name_view catalog, std::int64_t zone_id);
/// A catalog of all zones of the snapshot.
zone::contents make_catalog(dns::name_view catalog, zone::snapshot const&, std::uint32_t serial);

/// What our own catalog is, beside what it holds.
inline constexpr zone::zone_state catalog_state{.is_catalog = true};
/// Makes the loaded zone that is the catalog one. Before the writer starts.
void mark_catalog(zone::versions&, secondary_list const&);

} // namespace homing::update
