// The records that a change removed and added, as the two blobs of a journal row.
//
// Each blob is a sequence of
//     octet      size of the owner name
//     octets     owner, lower-case wire form without the labels of the zone's apex and without the root label
//     16 bits    type
//     32 bits    TTL
//     32 bits    size of the records
//     octets     records, as dns::rrset::packed()
// with numbers in network order, an owner and type at most once in a blob. An RRset with the same TTL before and after has only the records
// that differ (octet for octet) in them, one whose TTL changed has all its records in both. Pure functions; any thread.
#pragma once

#include "storage/sqlite.hpp"
#include "zone/diff.hpp"

#include <optional>
#include <vector>

namespace homing::storage {

struct journal_blobs {
    std::vector<std::uint8_t> removed, added;

    void clear() noexcept { removed.clear(), added.clear(); }
};

/// Appends the changes. Precondition: the owners are at or below the apex.
void encode_changes(std::span<zone::rrset_change const>, dns::name_view apex, journal_blobs& out);

/// What was encoded; nothing if the blobs are damaged. Reads nothing outside of them, whatever they hold.
std::optional<std::vector<zone::rrset_change>> decode_changes(octets removed, octets added, dns::name_view apex);

/// A blob has an RRset of this owner, or of a name below it. `relative` as `relative_to` gives it, lower case. Damaged blobs: what is read of
/// them before the damage counts.
bool has_owner(octets blob, octets relative, bool or_below) noexcept;

/// An owner without the apex's labels and the root label. Precondition: owner at or below apex, as are all RRsets of a zone.
inline octets relative_to(dns::name_view apex, dns::name_view owner) noexcept
{
    return owner.bytes().first(owner.size() - apex.size());
}

/// The owner that `relative_to` shortened; nothing unless it is a well-formed name.
std::optional<dns::name> absolute_owner(octets relative, dns::name_view apex) noexcept;

/// The octets are records of an RRset of this type, at least one.
bool is_packed_rrset(dns::rr_type, octets) noexcept;

} // namespace homing::storage
