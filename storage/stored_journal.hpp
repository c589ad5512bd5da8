// The journal in the database, read on a connection of its own.
//
// Any thread: a mutex is held for a page at a time, and so is SQLite's view of the data, which would otherwise keep the write-ahead log from
// starting over.
#pragma once

#include "storage/journal_serials.hpp"
#include "storage/journal_source.hpp"
#include "storage/sqlite.hpp"

#include <mutex>

namespace homing::storage {

class stored_journal final : public journal_source {
public:
    /// Precondition: the database at `path` is migrated. Throws sqlite_error.
    explicit stored_journal(std::string path);

    dns::result<std::optional<journal_entry>> find(std::int64_t number) override;
    dns::result<journal_page> before(journal_place, std::optional<std::int64_t> zone, journal_filter const&) override;
    dns::result<std::vector<journal_entry>> from(std::int64_t zone, std::int64_t sequence) override;
    dns::result<std::optional<std::int64_t>> place_of(std::int64_t zone, std::uint32_t serial) override;
    dns::result<std::vector<journal_zone>> zones_after(std::int64_t id) override;

private:
    template <class F>
    auto guarded(F&& f) -> dns::result<decltype(f())>;

    statement& scan_before(journal_place, std::optional<std::int64_t> zone);
    std::size_t add_row(std::int64_t number, journal_filter const&, journal_page&);
    std::optional<journal_zone> zone_after(std::int64_t id);

    std::string const path_;
    std::mutex mutex_; // guards what follows
    connection connection_;
    journal_serials serials_;
    statement entry_, forward_, back_, back_in_zone_, next_zone_, newest_;
};

} // namespace homing::storage
