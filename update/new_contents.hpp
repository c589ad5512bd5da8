// New contents of a zone as a change like any other, where they differ little from what it holds: so an import of a file in which some lines
// were edited can be read in the journal, undone, and sent as a difference.
#pragma once

#include "update/zone_change.hpp"
#include "zone/contents.hpp"

namespace homing::update {

/// Beyond these the zone is replaced whole. Of one journal entry, so they bound what it takes to read it.
struct difference_limits {
    std::size_t rrsets = 16384;
    std::size_t octets = 4U << 20; ///< of names and records before and after
};

/// Makes the change turn the zone into these contents. A SOA that differs in no more than a serial that is not newer is left alone; the new
/// one's serial is newer. False, and the change must be dropped, if too much differs, or something in nothing but the case of letters, which a
/// change does not see.
bool become(zone_change&, zone::contents const&, difference_limits const& = {});

} // namespace homing::update
