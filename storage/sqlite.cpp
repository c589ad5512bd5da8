#include "storage/sqlite.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

namespace homing::storage {

namespace {

void check(int code, sqlite3* db)
{
    if (code != SQLITE_OK)
        throw sqlite_error{db};
}

std::string message_of(sqlite3* db)
{
    return db ? sqlite3_errmsg(db) : "out of memory";
}

void configure_library()
{
    // Statistics of memory cost a lock for every allocation.
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

constexpr int busy_timeout_ms = 5000;
constexpr int max_value_octets = 256 << 20; // what a damaged database can make us allocate at once

} // namespace

sqlite_error::sqlite_error(int code, int system_error, std::string const& what)
    : std::runtime_error{what}, code_{code}, system_error_{system_error}
{
}

sqlite_error::sqlite_error(sqlite3* db)
    // sqlite3_system_errno() is not set by a COMMIT that fails.
    : sqlite_error{db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM, errno, message_of(db)}
{
}

bool sqlite_error::is_damage() const noexcept
{
    int const primary = code_ & 0xFF;
    // A file shorter than its header says makes reads come back short.
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || code_ == SQLITE_IOERR_SHORT_READ;
}

std::string sqlite_error::sentence(std::string const& path) const
{
    int const primary = code_ & 0xFF;
    bool const has_reason = system_error_ != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN);
    std::string const reason = has_reason ? std::strerror(system_error_) : what();
    if (is_damage())
        return path + " is damaged (" + what() +
               "): restore it from a backup, or start with an empty directory and import the zones";
    switch (primary) {
    case SQLITE_FULL: return "no room to write to " + path + " (" + what() + "): make room there; no restart is needed then";
    case SQLITE_READONLY:
        return path + " cannot be written: it, its directory and its file system must be writable for this user";
    case SQLITE_CANTOPEN:
        return path + " cannot be opened (" + reason + "): look at its owner and mode, and those of its directory";
    case SQLITE_IOERR:
        if (system_error_ == ENOSPC || system_error_ == EDQUOT || system_error_ == EFBIG)
            return "no room to write to " + path + " (" + reason + "): make room there; no restart is needed then";
        if (system_error_ == EROFS)
            return path + " cannot be written (" + reason +
                   "): it, its directory and its file system must be writable for this user";
        return "reading or writing " + path + " failed (" + reason + "): look at the disk and at the kernel's log";
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another program keeps " + path + " locked: close it, then try again";
    case SQLITE_ERROR: // our statements are fixed, so the schema is not the one that they are for
        return path + " does not have the tables that it should (" + what() + "): restore it from a backup";
    default: return path + ": " + what();
    }
}

connection::connection(std::string const& path)
{
    configure_library();
    int const flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    errno = 0;
    int const code = sqlite3_open_v2(path.c_str(), &db_, flags, nullptr);
    if (code != SQLITE_OK) {
        sqlite_error const error{db_};
        sqlite3_close(std::exchange(db_, nullptr));
        throw error;
    }
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, busy_timeout_ms);
    sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, max_value_octets);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
}

connection::~connection()
{
    // Fails only while statements are open, and those are declared after their connection.
    sqlite3_close(db_);
}

void connection::execute(char const* sql)
{
    errno = 0;
    check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr), db_);
}

std::int64_t connection::integer(char const* sql)
{
    statement s{*this, sql};
    return s.step() ? s.integer(0) : 0;
}

void connection::use_write_ahead_log()
{
    // cell_size_check finds damage in pages when they are read. secure_delete: secrets of removed keys do not stay in pages that
    // are written anyway. The size limit gives back what a large import took, once.
    if (statement mode{*this, "PRAGMA journal_mode = WAL"}; !mode.step() || mode.text(0) != "wal")
        throw refusal{"the file system of the database has no shared memory maps, which SQLite's write-ahead log needs: choose a "
                      "directory on a local file system with --data"};
    execute("PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
            "PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = 67108864");
    sqlite3_wal_hook(
        db_,
        [](void* self, sqlite3*, char const*, int pages) {
            static_cast<connection*>(self)->log_pages_ = static_cast<std::size_t>(pages);
            return SQLITE_OK;
        },
        this); // takes the place of automatic checkpoints
}

std::size_t connection::checkpoint()
{
    int copied = 0;
    errno = 0;
    check(sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &copied), db_);
    return static_cast<std::size_t>(copied < 0 ? 0 : copied);
}

void connection::checkpoint_and_truncate()
{
    check(sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr), db_);
}

bool connection::is_read_only() const noexcept
{
    return sqlite3_db_readonly(db_, "main") == 1;
}

void connection::interrupt() noexcept
{
    sqlite3_interrupt(db_);
}

statement::statement(connection& c, std::string_view sql)
{
    check(sqlite3_prepare_v3(c.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr),
          c.get());
}

statement::~statement()
{
    sqlite3_finalize(statement_);
}

bool statement::step()
{
    errno = 0;
    int const code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement_);
        return false;
    }
    sqlite_error const error{sqlite3_db_handle(statement_)};
    sqlite3_reset(statement_);
    throw error;
}

void statement::reset() noexcept
{
    sqlite3_reset(statement_);
}

std::int64_t statement::integer(int column) const noexcept
{
    return sqlite3_column_int64(statement_, column);
}

octets statement::blob(int column) const noexcept
{
    static constexpr std::uint8_t nothing[1] = {0};
    auto const* const data = static_cast<std::uint8_t const*>(sqlite3_column_blob(statement_, column));
    return {data ? data : nothing, data ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

std::string_view statement::text(int column) const noexcept
{
    octets const bytes = blob(column);
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

void statement::bind_at(int index, std::int64_t value)
{
    check(sqlite3_bind_int64(statement_, index, value), sqlite3_db_handle(statement_));
}

void statement::bind_at(int index, octets value)
{
    // A null pointer would bind NULL instead of an empty value.
    void const* const data = value.empty() ? static_cast<void const*>("") : value.data();
    check(sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_STATIC), sqlite3_db_handle(statement_));
}

void statement::bind_at(int index, std::string_view value)
{
    char const* const data = value.empty() ? "" : value.data();
    check(sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8), sqlite3_db_handle(statement_));
}

transaction::transaction(connection& c, statements& s) : connection_{c}, statements_{s}
{
    statements_.begin.run();
}

transaction::~transaction()
{
    // After some errors SQLite has already rolled back by itself.
    if (!sqlite3_get_autocommit(connection_.get()))
        sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void transaction::commit()
{
    statements_.commit.run();
}

} // namespace homing::storage
