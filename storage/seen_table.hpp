// Writing and reading the signed UPDATEs that must not be executed again.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace homing::storage {

class seen_table {
public:
    static constexpr std::int64_t most_rows = std::int64_t{1} << 20;

    explicit seen_table(connection&);

    /// Within a transaction.
    void put(seen_update const&);
    /// Removes some rows that expired or are too many, more than were put since the last call. Within a transaction, the last of it.
    void trim();
    /// Oldest first. `path` is for sentences.
    std::vector<seen_update> load(std::string const& path);

private:
    statement put_, trim_, all_;
    std::int64_t put_since_trim_ = 0;
};

} // namespace homing::storage
