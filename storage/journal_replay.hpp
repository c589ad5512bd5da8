// After a crash: which RRsets' rows are behind the journal, and what their values are.
#pragma once

#include "storage/backlog.hpp"
#include "storage/journal.hpp"
#include "storage/zone_table.hpp"

#include <string>

namespace homing::storage {

/// Puts the changes of the journal's rows after `written` into the backlog. An RRset's row may have been written after any of them: of each
/// record the last that the journal says of it counts, or what the row has if it says nothing, so it does not matter how far the row had come. Throws
/// sqlite_error, and refusal for a row that cannot have been written.
void replay_journal(journal_reader&, std::int64_t written, zone_table&, std::string const& path, backlog&);

} // namespace homing::storage
