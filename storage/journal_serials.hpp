// Where in a zone's journal a serial stands.
//
// Private to this folder; belongs to the connection that reads, as journal.hpp says.
#pragma once

#include "storage/sqlite.hpp"

#include <optional>

namespace homing::storage {

class journal_serials {
public:
    explicit journal_serials(connection&);

    /// The sequence of the row that leads away from the serial; one more than the newest row's for the serial that this one led to. Nothing if
    /// it is none of these. Within a read transaction.
    std::optional<std::int64_t> place_of(std::int64_t zone, std::uint32_t serial);

private:
    struct step {
        std::uint32_t from, to;
    };

    std::optional<step> step_at(std::int64_t zone, std::int64_t sequence);

    statement ends_, steps_;
};

/// SQLite's view of the data stands still from here to the end of the scope.
class read_transaction {
public:
    explicit read_transaction(connection& c) : connection_{c} { connection_.execute("BEGIN"); }
    ~read_transaction()
    {
        try {
            connection_.execute("COMMIT");
        } catch (sqlite_error const&) { // nothing was written; SQLite has ended it
        }
    }
    read_transaction(read_transaction const&) = delete;
    read_transaction& operator=(read_transaction const&) = delete;

private:
    connection& connection_;
};

} // namespace homing::storage
