// What the operator sets and deletes (`homing record`), done to a zone: where an UPDATE is silently ignored, a person gets a sentence.
#pragma once

#include "update/request.hpp"
#include "update/zone_change.hpp"

namespace homing::update {

/// Does the items in their order. NOTZONE for a name outside the zone; REFUSED, with the reason, for what the DNS forbids (zone/check.hpp) at the
/// names touched, and for what would take the SOA or all NS from the apex; then the change must be dropped. A SOA whose serial is not newer gets
/// the next one.
outcome apply_edit(zone_change&, edit const&);

} // namespace homing::update
