// One step of a transfer done to a zone, exactly: what leaves must be there, what comes must not.
#pragma once

#include "update/request.hpp"
#include "update/zone_change.hpp"

namespace homing::update {

/// REFUSED, naming the record, if the step does not fit the zone (then the whole of it is to be transferred), or would leave it without its SOA or
/// name servers, with a CNAME beside other data, or with more than can be answered: then the change must be dropped.
outcome apply_received(zone_change&, zone::transfer_step const&);

} // namespace homing::update
