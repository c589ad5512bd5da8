// The journal: appending to it within its bounds, and reading it back.
//
// A journal_log belongs to the connection that writes; a journal_reader to one that reads, on whatever thread has it. Both throw
// sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/journal_changes.hpp"
#include "storage/journal_serials.hpp"
#include "storage/store.hpp"

#include <limits>
#include <string>
#include <unordered_map>

namespace homing::storage {

/// One row to be written; all borrowed.
struct journal_row {
    std::int64_t zone;
    dns::name_view zone_name;
    journal_kind kind;
    std::uint32_t serial_from, serial_to;
    std::int64_t time_ms;
    change_origin const* origin;
    octets removed, added;
};

class journal_log {
public:
    journal_log(connection&, journal_limits const&);

    /// Appends the row, and removes at most four old ones that are beyond the limits, but none after the number given to `may_remove`. Within a
    /// transaction.
    void append(journal_row const&);
    void may_remove(std::int64_t up_to) noexcept { removable_ = up_to; }
    /// The newest row that is beyond the limits and was kept only for that; 0 for none.
    std::int64_t wants_to_remove() const noexcept { return wanted_; }
    /// The number of the newest row; 0 if there is none.
    std::int64_t newest() const noexcept { return all_.newest.number; }
    /// Reads afresh what is remembered of the stored journal: call after a transaction was taken back.
    void forget();

private:
    struct row_end { // one end of the journal of a zone, or of all
        std::int64_t number = 0, sequence = 0, octets = 0, time_ms = 0;
    };
    struct span_of_rows {
        row_end oldest, newest;
    };

    span_of_rows& rows_of(std::int64_t zone, journal_kind);
    row_end first_end(statement&, std::int64_t zone, std::int64_t after);
    void insert(journal_row const&, row_end const& in_zone, row_end const& in_all);
    bool is_beyond_limits(span_of_rows const&, std::int64_t max_octets) const noexcept;
    void trim(span_of_rows& zone_rows, std::int64_t zone);
    void trim_all();
    bool may_remove_row(std::int64_t number) noexcept;

    journal_limits limits_;
    std::int64_t removable_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t wanted_ = 0;
    statement insert_, delete_, newest_of_zone_, oldest_of_zone_, newest_, oldest_;
    span_of_rows all_;
    std::unordered_map<std::int64_t, span_of_rows> zones_; // of recently changed zones
};

class journal_reader {
public:
    journal_reader(connection&, std::string path);

    std::vector<journal_entry> since(std::int64_t zone, std::uint32_t serial, std::size_t limit);
    /// Entries of all zones with a number above `number`, oldest first.
    std::vector<journal_entry> after(std::int64_t number, std::size_t limit);
    std::vector<journal_entry> newest(std::optional<std::int64_t> zone, std::int64_t before, std::size_t limit);

private:
    /// Rows until one is refused or the bounds are reached.
    template <class Accept>
    std::vector<journal_entry> read_rows(statement&, std::size_t limit, Accept&&) const;

    connection& connection_;
    std::string path_;
    journal_serials serials_;
    statement forward_, forward_all_, backward_, backward_all_;
};

} // namespace homing::storage
