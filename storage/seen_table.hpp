// Writing and reading the signed UPDATEs that must not be executed again, and what is left of those that were forgotten.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <string>

namespace homing::storage {

class seen_table {
public:
    explicit seen_table(connection&);

    // Within a transaction.
    void put(seen_update const&);
    void forget(updates_forgotten const&);

    /// `path` is for sentences.
    update_memory load(std::string const& path);

private:
    statement put_, remove_, put_forgotten_, seen_, forgotten_;
};

} // namespace homing::storage
