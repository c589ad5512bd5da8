// Reading all zones back, in one pass over the database and what waits to be written there.
//
// Every row is checked before the sink sees it: names and rdata are well formed, keys ascend, every RRset has a zone. No allocation per row.
#pragma once

#include "storage/backlog.hpp"
#include "storage/store.hpp"

#include <string>

namespace homing::storage {

/// Throws sqlite_error, refusal (which names zone, owner and type), and what the sink throws. `path` is for sentences.
void load_zones(connection&, std::string const& path, backlog const&, zone_sink&);

} // namespace homing::storage
