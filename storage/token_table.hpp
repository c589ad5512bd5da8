// Writing and reading the tokens of the API, and settings.
//
// Throws sqlite_error, and refusal for a row that cannot have been written.
#pragma once

#include "storage/sqlite.hpp"
#include "storage/token_record.hpp"

#include <string>

namespace homing::storage {

class token_table {
public:
    explicit token_table(connection&);

    // Within a transaction.
    void put(token_record const&);
    void remove(std::string_view name);
    void put_setting(std::string_view name, std::string_view value);

    /// `path` is for sentences.
    access_records load(std::string const& path);

private:
    statement put_, delete_, all_, put_setting_, all_settings_;
};

} // namespace homing::storage
