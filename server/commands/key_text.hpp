// TSIG keys as text: base64, the forms that clients take, what a grant says.
//
// Pure functions but for random_secret; any thread.
#pragma once

#include "dns/result.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace homing::server {

std::string to_base64(std::span<std::uint8_t const>);
/// Strict (RFC 4648 3.2, 4): padded, nothing but the alphabet. The failure is a sentence; it does not repeat the text, which may be secret.
dns::result<std::vector<std::uint8_t>> from_base64(std::string_view);

/// As many octets as the algorithm's hash has, from the kernel.
std::vector<std::uint8_t> random_secret(dns::tsig_algorithm);

/// A grant as the command line takes it: a name and all below it, or "*" for everything.
dns::result<storage::grant> read_grant(std::string_view);
std::string to_string(storage::grant const&);

/// "hmac-sha256:NAME:SECRET", what nsupdate, knsupdate, dig and kdig take after -y.
std::string to_key_line(storage::key_record const&);
/// What nsupdate and dig read from the file after -k (BIND's `key` statement), with the one-line form and the grants as comments.
std::string to_key_file(storage::key_record const&);

} // namespace homing::server
