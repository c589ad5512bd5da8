// What is in the database and how an older one becomes a current one.
//
// A database is ours by its application_id; its user_version counts the steps it has had. Each opening runs the steps that are missing,
// in one transaction. Never change a step that was released: add one.
#pragma once

#include "storage/sqlite.hpp"

namespace homing::storage {

/// "HOMG", in the file's header.
inline constexpr std::int64_t application_id = 0x484F4D47;

/// The SQL that leads from each version to the next.
std::span<char const* const> schema_steps() noexcept;

/// Makes an empty database ours, and brings one of ours up to the last of `steps`. Throws refusal with a sentence for what is not
/// ours, or was made with more steps than these.
void migrate(connection&, std::string const& path, std::span<char const* const> steps);

/// Throws refusal unless the file is absent or begins like a database. Call before a connection opens it.
void check_file(std::string const& path);

} // namespace homing::storage
