// Writing and reading the secondaries.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/secondary_record.hpp"
#include "storage/sqlite.hpp"

namespace homing::storage {

class secondary_table {
public:
    explicit secondary_table(connection&);

    // Within a transaction.
    void put(secondary_record const&);
    void remove(dns::name_view name);

    /// All, in the order in which they were added. `path` is for sentences.
    std::vector<secondary_record> load(std::string const& path);

private:
    statement put_, delete_, all_;
};

} // namespace homing::storage
