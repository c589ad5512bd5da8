// SQLite as values: a connection, a prepared statement, a transaction that takes itself back, and errors turned into sentences.
//
// Private to this folder. Everything here throws sqlite_error; the store's public functions catch it and return its sentence. A connection
// and its statements belong to one thread at a time (SQLite's own mutexes are off).
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace homing::storage {

using octets = std::span<std::uint8_t const>;

/// What SQLite reported, with the operating system's reason where it has one.
class sqlite_error : public std::runtime_error {
public:
    sqlite_error(int code, int system_error, std::string const& what);
    /// From the connection's last call, just after it; errno was 0 before.
    explicit sqlite_error(sqlite3*);

    /// The file is damaged or no database at all.
    bool is_damage() const noexcept;
    /// For a person: what happened to the database at `path` and what to do.
    std::string sentence(std::string const& path) const;

private:
    int code_; // extended
    int system_error_;
};

/// What is stored, or asked to be, makes no sense: what() is the sentence for a person.
class refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class connection {
public:
    /// Opens or creates the database, in WAL mode or not as it is; reads nothing of it yet.
    explicit connection(std::string const& path);
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    /// Runs statements that give no rows, or whose rows do not matter.
    void execute(char const* sql);
    /// The first row's first column.
    std::int64_t integer(char const* sql);

    /// Sets how the log is kept and synced and how pages are checked. Precondition: the database is one that we may write to. Throws a refusal
    /// if it cannot have a log.
    void use_write_ahead_log();
    /// Pages of the write-ahead log in use after this connection's last commit.
    std::size_t log_pages() const noexcept { return log_pages_; }
    /// Copies what is in the log into the database, as far as no other connection is in the way, without waiting for one. Returns how many
    /// of the log's pages are there then.
    std::size_t checkpoint();
    /// The same, waiting for other connections, and empties the log.
    void checkpoint_and_truncate();

    /// Opened for reading only, as it happens to a file that may not be written.
    bool is_read_only() const noexcept;
    /// Makes a long call on another thread return early with an error. Any thread.
    void interrupt() noexcept;
    sqlite3* get() const noexcept { return db_; }

private:
    sqlite3* db_ = nullptr;
    std::size_t log_pages_ = 0;
};

class statement {
public:
    statement(connection&, std::string_view sql);
    ~statement();
    statement(statement const&) = delete;
    statement& operator=(statement const&) = delete;

    /// Binds the parameters from the first on. Octets and text are borrowed until the statement is reset.
    template <class... Values>
    statement& bind(Values const&... values)
    {
        int index = 0;
        (bind_at(++index, values), ...);
        return *this;
    }
    /// Advances to the next row; false (and the statement is reset) after the last.
    bool step();
    void reset() noexcept;

    /// Binds, runs to the end and resets.
    template <class... Values>
    void run(Values const&... values)
    {
        bind(values...);
        while (step()) {}
    }

    // Columns of the current row, from 0; valid until the next step.
    std::int64_t integer(int column) const noexcept;
    octets blob(int column) const noexcept;
    std::string_view text(int column) const noexcept;

private:
    void bind_at(int index, std::int64_t);
    void bind_at(int index, octets);
    void bind_at(int index, std::string_view);

    sqlite3_stmt* statement_ = nullptr;
};

/// Resets a statement at the end of a scope, also when its rows are not read to the end.
class row_scope {
public:
    explicit row_scope(statement& s) noexcept : statement_{s} {}
    ~row_scope() { statement_.reset(); }
    row_scope(row_scope const&) = delete;
    row_scope& operator=(row_scope const&) = delete;

private:
    statement& statement_;
};

/// A write transaction: taken back at the end of the scope unless committed. The statements are made once, as preparing them would take
/// longer than running them.
class transaction {
public:
    struct statements {
        explicit statements(connection& c) : begin{c, "BEGIN IMMEDIATE"}, commit{c, "COMMIT"} {}
        statement begin, commit;
    };

    transaction(connection&, statements&);
    ~transaction();
    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;

    /// Returns after the disk has it.
    void commit();

private:
    connection& connection_;
    statements& statements_;
};

} // namespace homing::storage
