// The password of a host for HTTP, derived from the secret of its key: so the store holds no password, and whoever learns a password does not
// have the secret that signs updates.
//
// It is base32 (a to z, 2 to 7) of the first 160 bits of HMAC-SHA256(secret, "homing http password" 0 NAME), NAME in lower case without the final
// dot. Pure; any thread.
#pragma once

#include "update/key_ring.hpp"

#include <string>
#include <string_view>

namespace homing::update {

std::string host_password(std::span<std::uint8_t const> secret, dns::name_view host);

/// The password is the one of this key, or of the secret that it replaced and that is still good; not of a key that does not count. Takes the same
/// time for every password, and for no key at all. `now`: seconds since 1970.
bool is_host_password(granted_key const* key_or_null, std::string_view password, std::uint64_t now);

} // namespace homing::update
