// Writing and reading the zones that are followed.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/follow_record.hpp"
#include "storage/sqlite.hpp"

#include <vector>

namespace homing::storage {

class follow_table {
public:
    explicit follow_table(connection&);

    // Within a transaction.
    void put(follow_record const&);
    void remove(std::string const& apex);

    /// All, by apex; those with the same source share it. `path` is for sentences.
    std::vector<follow_record> load(std::string const& path);

private:
    statement put_, delete_, all_;
};

} // namespace homing::storage
