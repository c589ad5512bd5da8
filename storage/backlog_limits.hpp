// How many RRsets wait to be written to their rows (backlog.hpp). Plain values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace homing::storage {

struct backlog_limits {
    std::size_t rrsets = 32'768;         ///< more than these are taken out, some with each commit
    std::size_t octets = 16U << 20;      ///< of names and records
    std::int64_t journal_rows = 131'072; ///< so many journal rows at most are read again after a crash, about
    std::size_t at_once = 64;            ///< are taken out together, so that neighbours meet
};

} // namespace homing::storage
