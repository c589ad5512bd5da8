// Bearer tokens of the API: making them, and telling whose one is.
//
// A token is 256 random bits, shown once; the store has its SHA-256, so whoever reads the store cannot use the API. Any thread.
#pragma once

#include "storage/token_record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace homing::server {

/// "homing_" and 43 letters, digits, - and _.
std::string random_token();
storage::token_record::hash_type hash_of_token(std::string_view);

/// Whose token this is; nothing for none that counts now. `now`: seconds since 1970.
std::optional<storage::token_record> find_token(storage::access_records const&, std::string_view token, std::int64_t now);

/// 1 to 63 letters, digits, dots, - and _.
bool is_token_name(std::string_view) noexcept;

/// "Bearer TOKEN" (RFC 6750 2.1); nothing if it is no such thing.
std::optional<std::string_view> read_bearer(std::string_view authorization) noexcept;

} // namespace homing::server
