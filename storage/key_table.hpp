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

    // Within a transaction.
    void put(key_record const&);
    void change(key_record const&);
    void remove(dns::name_view key_name);
    void put_grant(dns::name_view key_name, grant const&);
    void remove_grant(dns::name_view key_name, std::uint32_t number);
    void put_use(dns::name_view key_name, key_use const&);

    /// All keys, by name. `path` is for sentences.
    std::vector<key_record> load(std::string const& path);

private:
    std::vector<grant> grants_of(octets key, std::string const& path);
    key_use use_of(octets key);

    statement put_key_, delete_key_, put_grant_, delete_grant_, delete_grants_, put_use_, keys_, grants_, use_;
};

} // namespace homing::storage
