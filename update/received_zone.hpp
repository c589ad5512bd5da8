// What a follower asks of the writer: zones to be followed, and what came from their primaries. Plain values.
#pragma once

#include "storage/follow_record.hpp"
#include "zone/incoming_transfer.hpp"

#include <optional>
#include <vector>

namespace homing::update {

/// Follows a zone from now on. One that is followed already, as a member of the same catalog zone or of `takes_from`, changes to this: where its
/// label changes it begins anew (RFC 9432 5.4). Any other zone that is there stays what it is: REFUSED.
struct follow_zone {
    storage::follow_record what;
    std::string takes_from; ///< octets of the apex of a catalog zone that gives it away (RFC 9432 4.4.1); empty: none
};

/// What a primary sent: steps, or the whole. The serial is the primary's. Steps are done one by one, each with an entry of its own in the journal, all
/// or none.
struct received_zone {
    dns::name apex;
    std::vector<zone::transfer_step> steps;
    std::optional<zone::contents> whole; ///< checked (fault_of_received)
    std::int64_t expires_ms = 0;         ///< from now on
};

/// A primary says that there is nothing newer; a zone that had expired is answered from again. Those that are not followed are passed over.
struct zones_refreshed {
    struct item {
        std::string apex;
        std::int64_t refreshed_ms, expires_ms;
    };
    std::vector<item> items;
};

/// Primaries were not to be reached for too long: the zone is not answered from any more.
struct expire_zone {
    std::string apex;
};

} // namespace homing::update
