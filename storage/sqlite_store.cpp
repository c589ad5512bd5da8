#include "storage/sqlite_store.hpp"

#include "storage/journal_replay.hpp"
#include "storage/log_space.hpp"
#include "storage/schema.hpp"
#include "storage/zone_loader.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace homing::storage {

namespace {

/// A zone named by its number is not stored: the caller's knowledge and the store have come apart.
[[noreturn]] void refuse_unknown(std::int64_t zone)
{
    throw refusal{"zone number " + std::to_string(zone) + " is not stored: restart homing, so that it reads the store afresh"};
}

constexpr std::size_t rows_at_once_at_the_end = 16'384;
// The note of what is written is a page more in a commit: it follows in steps of this many journal rows.
constexpr std::int64_t rows_between_notes = 1024;

std::size_t rrsets_in(std::span<operation const> batch) noexcept
{
    std::size_t n = 0;
    for (operation const& op : batch)
        if (auto const* const changed = std::get_if<zone_changed>(&op))
            n += changed->diff->changes.size();
    return n;
}

/// Makes the file first, so that it and the files that SQLite puts beside it, which take its mode, are the owner's alone.
void create_file(std::string const& path)
{
    int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0)
        ::close(file);
}

/// A new database comes under its name when it is whole: so one that is empty has lost what it held, and is never a first start that was
/// cut short. The lock on the directory is held.
void make_database(std::string const& path)
{
    std::string const making = path + ".new";
    for (char const* const suffix : {"", "-wal", "-shm"}) // of a first start that was cut short
        ::unlink((making + suffix).c_str());
    create_file(making);
    {
        connection c{making};
        migrate(c, making, schema_steps());
    }
    if (::rename(making.c_str(), path.c_str()) != 0)
        throw refusal{path + " cannot be made: " + std::generic_category().message(errno)};
}

void prepare_database(std::string const& path)
{
    check_file(path);
    if (::access(path.c_str(), F_OK) != 0)
        make_database(path);
    connection c{path};
    if (c.is_read_only())
        throw refusal{path + " cannot be written: run homing as the user that owns it, or choose another directory with --data"};
    migrate(c, path, schema_steps());
}

} // namespace

sqlite_store::sqlite_store(directory_lock lock, std::string path, store_settings const& settings)
    : lock_{std::move(lock)},
      path_{std::move(path)},
      writer_{path_},
      transaction_{writer_},
      zones_{writer_},
      keys_{writer_},
      hosts_{writer_},
      secondaries_{writer_},
      tokens_{writer_},
      followed_{writer_},
      seen_{writer_},
      journal_{writer_, settings.journal},
      next_zone_id_{zones_.next_id()},
      backlog_{settings.backlog},
      note_written_{writer_, "UPDATE rrset_written SET journal_number = ?1"},
      written_{writer_.integer("SELECT journal_number FROM rrset_written")},
      noted_{written_},
      reader_{path_},
      history_{reader_, path_},
      past_{path_},
      checkpointer_{path_, settings.log_pages}
{
    writer_.use_write_ahead_log();
    writer_.execute("PRAGMA cache_size = -8192"); // the inner pages of millions of RRsets
    reader_.use_write_ahead_log();
    reader_.execute("PRAGMA query_only = ON; PRAGMA cache_size = -512"); // it goes through everything once
    journal_.may_remove(written_);
    replay_journal(history_, written_, zones_, path_, backlog_);
}

sqlite_store::~sqlite_store()
{
    try {
        checkpointer_.stop();
        write_all_rows();
        writer_.checkpoint_and_truncate();
    } catch (std::exception const&) {
        // What is in the log or in the journal is safe there and is read from it at the next start.
    }
}

template <class F>
auto sqlite_store::guarded(F&& f) const -> dns::result<decltype(f())>
{
    try {
        if constexpr (std::is_void_v<decltype(f())>) {
            f();
            return {};
        } else {
            return f();
        }
    } catch (sqlite_error const& e) {
        return dns::failure{e.sentence(path_)};
    } catch (refusal const& e) {
        return dns::failure{e.what()};
    }
}

dns::result<void> sqlite_store::load(zone_sink& sink)
{
    std::lock_guard const lock{reading_};
    return guarded([&] { load_zones(reader_, path_, backlog_, sink); });
}

dns::result<std::vector<key_record>> sqlite_store::load_keys()
{
    return guarded([&] { return keys_.load(path_); });
}

dns::result<std::vector<secondary_record>> sqlite_store::load_secondaries()
{
    return guarded([&] { return secondaries_.load(path_); });
}

dns::result<std::vector<host_record>> sqlite_store::load_hosts()
{
    return guarded([&] { return hosts_.load(path_); });
}

dns::result<access_records> sqlite_store::load_access()
{
    return guarded([&] { return tokens_.load(path_); });
}

dns::result<std::vector<follow_record>> sqlite_store::load_followed()
{
    return guarded([&] { return followed_.load(path_); });
}

dns::result<update_memory> sqlite_store::load_seen()
{
    return guarded([&] { return seen_.load(path_); });
}

dns::result<void> sqlite_store::commit(std::span<operation const> batch)
{
    if (batch.empty())
        return {};
    checkpointer_.before_commit(writer_);
    auto const forget = [this] { // what was remembered of rows that were rolled back
        zones_.forget();
        journal_.forget();
        backlog_.kept();
        journal_.may_remove(noted_ = written_);
    };
    std::int64_t const newest = journal_.newest();
    dns::result<void> outcome;
    try {
        outcome = guarded([&] { store_all(batch); });
    } catch (...) { // out of memory
        forget();
        throw;
    }
    if (outcome) {
        written_ = noted_;
        add_to_backlog(batch, newest);
        checkpointer_.committed(writer_.log_pages());
        return outcome;
    }
    forget();
    return dns::failure{"nothing of the change was stored: " + outcome.error().message};
}

void sqlite_store::store_all(std::span<operation const> batch)
{
    transaction all{writer_, transaction_};
    write_some_rows(batch); // first, because the batch may replace or remove a zone of theirs
    for (operation const& one : batch)
        std::visit([&](auto const& op) { execute(op); }, one);
    all.commit();
}

void sqlite_store::write_rows(std::vector<backlog::entry const*> const& chosen)
{
    for (backlog::entry const* const e : chosen)
        zones_.set(e->key(), e->ttl(), e->records());
}

void sqlite_store::write_some_rows(std::span<operation const> batch)
{
    if (!is_backlog_whole_)
        return;
    std::int64_t const wanted = journal_.wants_to_remove();
    write_rows(backlog_.choose(rrsets_in(batch), journal_.newest(), wanted));
    std::int64_t const up_to = backlog_.oldest_row(journal_.newest() + 1) - 1;
    if (up_to >= written_ + rows_between_notes || (written_ < wanted && written_ < up_to))
        note_written(up_to);
}

/// Counts once the transaction is committed; within it the journal may be shortened already.
void sqlite_store::note_written(std::int64_t journal_number)
{
    note_written_.run(journal_number);
    journal_.may_remove(noted_ = journal_number);
}

void sqlite_store::write_all_rows()
{
    while (is_backlog_whole_ && backlog_.size() > 0) {
        transaction all{writer_, transaction_};
        write_rows(backlog_.choose_first(rows_at_once_at_the_end));
        note_written(backlog_.oldest_row(journal_.newest() + 1) - 1);
        all.commit();
        backlog_.written();
        written_ = noted_;
    }
}

void sqlite_store::add_to_backlog(std::int64_t zone, dns::name_view apex, zone::rrset_change const& change,
                                  std::int64_t journal_number)
{
    backlog_.set({zone, relative_to(apex, change.owner), change.type()}, change.after, journal_number);
}

void sqlite_store::add_to_backlog(std::span<operation const> batch, std::int64_t journal_number)
try {
    backlog_.written();
    for (operation const& one : batch) {
        if (auto const* const op = std::get_if<zone_changed>(&one)) {
            ++journal_number;
            dns::name const* const apex = zones_.apex(op->zone); // none if a later one removed the zone
            for (std::size_t i = 0; apex && i < op->diff->changes.size(); ++i)
                add_to_backlog(op->zone, *apex, op->diff->changes[i], journal_number);
        } else if (auto const* const put = std::get_if<zone_put>(&one)) {
            ++journal_number;
            backlog_.drop(put->zone);
        } else if (auto const* const removed = std::get_if<zone_removed>(&one)) {
            ++journal_number;
            backlog_.drop(removed->zone);
        }
    }
} catch (...) {
    // Out of memory. The change is committed; the next start finds it in the journal, of which nothing goes from now on.
    is_backlog_whole_ = false;
}

void sqlite_store::execute(zone_changed const& op)
{
    dns::name const* const apex = zones_.apex(op.zone);
    if (!apex)
        refuse_unknown(op.zone);
    blobs_.clear();
    encode_changes(op.diff->changes, *apex, blobs_);
    append(op.zone, *apex, journal_kind::changed, op.diff->serial_from, op.diff->serial_to, op.time_ms, *op.origin);
}

void sqlite_store::execute(zone_put const& op)
{
    bool const was_there = zones_.put(op.zone, *op.contents);
    blobs_.clear();
    append(op.zone, op.contents->origin(), was_there ? journal_kind::replaced : journal_kind::created, op.serial_from,
           op.serial_to, op.time_ms, *op.origin);
}

void sqlite_store::execute(zone_removed const& op)
{
    dns::name const* const stored = zones_.apex(op.zone);
    if (!stored)
        refuse_unknown(op.zone);
    dns::name const apex = *stored;
    zones_.remove(op.zone);
    blobs_.clear();
    append(op.zone, apex, journal_kind::removed, op.serial, op.serial, op.time_ms, *op.origin);
}

void sqlite_store::execute(key_put const& op)
{
    keys_.put(*op.key);
}

void sqlite_store::execute(key_changed const& op)
{
    keys_.change(*op.key);
}

void sqlite_store::execute(key_removed const& op)
{
    keys_.remove(op.key_name);
}

void sqlite_store::execute(grant_put const& op)
{
    keys_.put_grant(op.key_name, *op.what);
}

void sqlite_store::execute(grant_removed const& op)
{
    keys_.remove_grant(op.key_name, op.number);
}

void sqlite_store::execute(key_used const& op)
{
    keys_.put_use(op.key_name, *op.use);
}

void sqlite_store::execute(host_put const& op)
{
    hosts_.put(*op.host);
}

void sqlite_store::execute(secondary_put const& op)
{
    secondaries_.put(*op.secondary);
}

void sqlite_store::execute(secondary_removed const& op)
{
    secondaries_.remove(op.name);
}

void sqlite_store::execute(host_removed const& op)
{
    hosts_.remove(op.name);
}

void sqlite_store::execute(token_put const& op)
{
    tokens_.put(*op.token);
}

void sqlite_store::execute(token_removed const& op)
{
    tokens_.remove(op.name);
}

void sqlite_store::execute(setting_put const& op)
{
    tokens_.put_setting(op.name, op.value);
}

void sqlite_store::execute(follow_put const& op)
{
    followed_.put(*op.what);
}

void sqlite_store::execute(follow_removed const& op)
{
    followed_.remove(*op.apex);
}

void sqlite_store::execute(update_seen const& op)
{
    seen_.put(*op.update);
}

void sqlite_store::execute(updates_forgotten const& op)
{
    seen_.forget(op);
}

void sqlite_store::append(std::int64_t zone, dns::name_view apex, journal_kind kind, std::uint32_t from, std::uint32_t to,
                          std::int64_t time_ms, change_origin const& origin)
{
    journal_.append({zone, apex, kind, from, to, time_ms, &origin, blobs_.removed, blobs_.added});
}

dns::result<std::vector<journal_entry>> sqlite_store::journal_since(std::int64_t zone, std::uint32_t serial, std::size_t limit)
{
    std::lock_guard const lock{reading_};
    return guarded([&] { return history_.since(zone, serial, limit); });
}

dns::result<std::vector<journal_entry>> sqlite_store::journal_newest(std::optional<std::int64_t> zone, std::int64_t before,
                                                                     std::size_t limit)
{
    std::lock_guard const lock{reading_};
    return guarded([&] { return history_.newest(zone, before, limit); });
}

dns::result<std::unique_ptr<store>> open_sqlite_store(std::string const& directory, store_settings const& settings)
{
    auto lock = directory_lock::take(directory);
    if (!lock)
        return lock.error();
    std::string const path = directory + "/homing.db";
    try {
        prepare_database(path);
        if (settings.reserves_log)
            reserve_log(path, settings.log_pages);
        return std::unique_ptr<store>{std::make_unique<sqlite_store>(std::move(*lock), path, settings)};
    } catch (sqlite_error const& e) {
        return dns::failure{e.sentence(path)};
    } catch (refusal const& e) {
        return dns::failure{e.what()};
    }
}

bool is_directory_locked(std::string const& directory)
{
    return directory_lock::is_held(directory);
}

} // namespace homing::storage
