// Writing and reading the dynamic hosts.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/host_record.hpp"
#include "storage/sqlite.hpp"

#include <string>
#include <vector>

namespace homing::storage {

class host_table {
public:
    explicit host_table(connection&);

    // Within a transaction.
    void put(host_record const&);
    void remove(dns::name_view name);

    /// All hosts, by name. `path` is for sentences.
    std::vector<host_record> load(std::string const& path);

private:
    statement put_, delete_, all_;
};

} // namespace homing::storage
