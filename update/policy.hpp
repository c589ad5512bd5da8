// RFC 2136 3.3: whether a key may do what an update asks for. Deny by default.
#pragma once

#include "update/key_ring.hpp"
#include "update/request.hpp"

#include <span>

namespace homing::update {

/// NOERROR if the key may change every one of these; else REFUSED, naming the first that it may not. The serial that the server itself
/// advances needs no grant. Any thread.
outcome check_policy(granted_key const&, std::span<raw_record const> updates);

} // namespace homing::update
