// Writing and reading the TSIG keys with their grants.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace homing::storage {

class key_table {
public:
    explicit key_table(connection&);

    /// Within a transaction.
    void put(key_record const&);
    /// Within a transaction. Nothing happens if there is none.
    void remove(dns::name_view key_name);
    /// All keys, by name. `path` is for sentences.
    std::vector<key_record> load(std::string const& path);

private:
    std::vector<grant> grants_of(octets key, std::string const& path);

    statement put_key_, delete_key_, put_grant_, delete_grants_, keys_, grants_;
};

} // namespace homing::storage
