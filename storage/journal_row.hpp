// A row of the journal as an entry.
//
// Private to this folder; throws as journal.hpp says.
#pragma once

#include "storage/journal_source.hpp"
#include "storage/sqlite.hpp"

namespace homing::storage {

/// The columns that the functions below read, and the table.
#define HOMING_JOURNAL_ROWS                                                                                                      \
    "SELECT number, zone, zone_name, kind, serial_from, serial_to, time_ms, key, address, via, removed, added, sequence "        \
    "FROM journal WHERE "

/// The current row. `path`: of the database, for what is said of a damaged row.
journal_entry read_journal_entry(statement const& row, std::string const& path);

/// Octets of what the current row says of records.
std::size_t size_of_changes(statement const& row) noexcept;

/// The current row may have touched a name, as journal_filter says.
bool may_touch(statement const& row, dns::name_view name, bool or_below);

} // namespace homing::storage
