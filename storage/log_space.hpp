// Room on the disk for the write-ahead log, taken before it is needed.
#pragma once

#include <cstddef>
#include <string>

namespace homing::storage {

/// Lengthens the log of the database at `path` with zeros to room for so many pages of 4 KiB: a commit into a log that must grow waits
/// for its file's length to reach the disk too, which doubles its time. SQLite takes zeros for the end of the log. Where it cannot be
/// done, as on a full disk, the log stays as it was. Precondition: no connection is open.
void reserve_log(std::string const& path, std::size_t pages) noexcept;

} // namespace homing::storage
