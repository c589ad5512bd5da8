// The journal as it is read: its entries, and how to go through them.
//
// Everything is read a page at a time, each page as the journal is at that moment, so that neither memory nor the time that a page takes
// grows with the journal: not even one in which nothing is found.
#pragma once

#include "dns/result.hpp"
#include "zone/diff.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace homing::storage {

/// Who made a change, from where and over what; for the journal.
struct change_origin {
    std::string key;     ///< the key's name, empty for none
    std::string address; ///< "192.0.2.1#53124"; "user:root" for a command
    std::string via;     ///< "dns/udp", "dns/tcp", "cli", "import", "undo 123" (the number of the change undone)
};

/// What a journal entry says of its zone. Stored as these numbers.
enum class journal_kind : std::uint8_t { changed = 1, created = 2, replaced = 3, removed = 4 };

/// One journal entry read back.
struct journal_entry {
    std::int64_t number; ///< ascending over all zones, never given twice
    std::int64_t zone_id;
    std::int64_t sequence; ///< counts the zone's entries without gaps
    dns::name zone;
    journal_kind kind;
    std::uint32_t serial_from, serial_to;
    std::int64_t time_ms;
    change_origin origin;
    /// Before: the records that left, after: those that came (all of an RRset's where its TTL changed).
    std::vector<zone::rrset_change> changes;

    /// `changes` is the whole step from one serial to the other. If not it is empty: no incremental history leads over this point.
    bool is_incremental() const noexcept { return kind == journal_kind::changed; }
};

/// Which entries are wanted.
struct journal_filter {
    std::string key = {};               ///< with this key; empty: whoever made the change
    std::optional<dns::name> name = {}; ///< that may have touched this name: their changes did, or they are not incremental
    bool and_below = false;             ///< or a name below it
};

/// A zone of which the journal has entries; it may be there no more. A zone that was removed and added again is two.
struct journal_zone {
    std::int64_t id;
    dns::name name;
    std::int64_t newest; ///< number of its newest entry
};

/// How far a walk back through the journal has come: all entries from here on are read.
struct journal_place {
    std::int64_t number = std::numeric_limits<std::int64_t>::max();
    std::int64_t sequence = std::numeric_limits<std::int64_t>::max(); ///< of a walk through one zone's entries
};

struct journal_page {
    std::vector<journal_entry> entries; ///< possibly none, although there are more
    std::optional<journal_place> next;  ///< where to go on; unset: nothing is left
};

/// Any thread. A failure is a sentence for a person.
class journal_source {
public:
    virtual ~journal_source() = default;

    virtual dns::result<std::optional<journal_entry>> find(std::int64_t number) = 0;

    /// Entries before a place, newest first, of a zone or of all.
    virtual dns::result<journal_page> before(journal_place, std::optional<std::int64_t> zone, journal_filter const&) = 0;

    /// A zone's entries, oldest first, from this sequence on, or from the oldest that is left. Empty: there are no more.
    virtual dns::result<std::vector<journal_entry>> from(std::int64_t zone, std::int64_t sequence) = 0;

    /// The sequence of the entry that leads away from a serial of a zone, or, for its newest one, what the next entry will have. Nothing if
    /// the journal does not reach back to it, or the zone never had it.
    virtual dns::result<std::optional<std::int64_t>> place_of(std::int64_t zone, std::uint32_t serial) = 0;

    /// The next zones by their ids, after this one; empty: there are no more.
    virtual dns::result<std::vector<journal_zone>> zones_after(std::int64_t id) = 0;
};

/// Of a store that keeps none.
class empty_journal final : public journal_source {
public:
    dns::result<std::optional<journal_entry>> find(std::int64_t) override { return std::optional<journal_entry>{}; }
    dns::result<journal_page> before(journal_place, std::optional<std::int64_t>, journal_filter const&) override
    {
        return journal_page{};
    }
    dns::result<std::vector<journal_entry>> from(std::int64_t, std::int64_t) override { return std::vector<journal_entry>{}; }
    dns::result<std::optional<std::int64_t>> place_of(std::int64_t, std::uint32_t) override
    {
        return std::optional<std::int64_t>{};
    }
    dns::result<std::vector<journal_zone>> zones_after(std::int64_t) override { return std::vector<journal_zone>{}; }
};

} // namespace homing::storage
