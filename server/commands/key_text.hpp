// TSIG keys as text: base64, the forms that clients take, their state.
//
// Pure functions but for random_secret; any thread.
#pragma once

#include "dns/result.hpp"
#include "storage/key_record.hpp"
#include "update/key_ring.hpp"

#include <string>
#include <vector>

namespace homing::server {

std::string to_base64(std::span<std::uint8_t const>);
/// Strict (RFC 4648 3.2, 4): padded, nothing but the alphabet. The failure is a sentence; it does not repeat the text, which may be secret.
dns::result<std::vector<std::uint8_t>> from_base64(std::string_view);

/// As many octets as the algorithm's hash has, from the kernel.
std::vector<std::uint8_t> random_secret(dns::tsig_algorithm);

/// "hmac-sha256:NAME:SECRET", what nsupdate, knsupdate, dig and kdig take after -y.
std::string to_key_line(storage::key_record const&);
/// What nsupdate and dig read from the file after -k (BIND's `key` statement), with the one-line form, the key's state and its grants as
/// comments. `now`: seconds since 1970.
std::string to_key_file(storage::key_record const&, std::int64_t now);

/// "valid", "disabled", "expired".
std::string_view to_string(update::key_state) noexcept;
/// "last used 2026-05-04T15:04:05Z from 192.0.2.1#53124 for update", or "not used so far".
std::string to_text(storage::key_use const&);

} // namespace homing::server
