#include "storage/sqlite_store.hpp"

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

bool is_new_soa(zone::rrset_change const& change) noexcept
{
    return change.type() == dns::rr_type::soa && !change.after.empty();
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
      seen_{writer_},
      journal_{writer_, settings.journal},
      next_zone_id_{zones_.next_id()},
      reader_{path_},
      history_{reader_, path_},
      checkpointer_{path_, settings.log_pages}
{
    writer_.use_write_ahead_log();
    writer_.execute("PRAGMA cache_size = -8192"); // the inner pages of millions of RRsets
    reader_.use_write_ahead_log();
    reader_.execute("PRAGMA query_only = ON; PRAGMA cache_size = -512"); // it goes through everything once
}

sqlite_store::~sqlite_store()
{
    try {
        checkpointer_.stop();
        writer_.checkpoint_and_truncate();
    } catch (sqlite_error const&) {
        // What is in the log is safe there and is read from it at the next start.
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
    return guarded([&] { load_zones(reader_, path_, sink); });
}

dns::result<std::vector<key_record>> sqlite_store::load_keys()
{
    return guarded([&] { return keys_.load(path_); });
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
    };
    dns::result<void> outcome;
    try {
        outcome = guarded([&] { store_all(batch); });
    } catch (...) { // out of memory
        forget();
        throw;
    }
    if (outcome) {
        checkpointer_.committed(writer_.log_pages());
        return outcome;
    }
    forget();
    return dns::failure{"nothing of the change was stored: " + outcome.error().message};
}

void sqlite_store::store_all(std::span<operation const> batch)
{
    transaction all{writer_, transaction_};
    note_last_soas(batch);
    for (std::size_t i = 0; i < batch.size(); ++i)
        std::visit([&](auto const& op) { execute(op, i); }, batch[i]);
    all.commit();
}

/// Many changes of a zone in one batch write its SOA once, the last one's.
void sqlite_store::note_last_soas(std::span<operation const> batch)
{
    last_soas_.clear();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto const* const op = std::get_if<zone_changed>(&batch[i]);
        if (op && std::ranges::any_of(op->diff->changes, is_new_soa))
            last_soas_[op->zone] = i;
    }
}

void sqlite_store::execute(zone_changed const& op, std::size_t place)
{
    dns::name const* const apex = zones_.apex(op.zone);
    if (!apex)
        refuse_unknown(op.zone);
    for (zone::rrset_change const& change : op.diff->changes) {
        bool const is_passing = is_new_soa(change) && place < last_soas_[op.zone];
        if (!is_passing)
            zones_.set(op.zone, *apex, change.owner, change.after, change.type());
    }
    blobs_.clear();
    encode_changes(op.diff->changes, *apex, blobs_);
    append(op.zone, *apex, journal_kind::changed, op.diff->serial_from, op.diff->serial_to, op.time_ms, *op.origin);
}

void sqlite_store::execute(zone_put const& op, std::size_t)
{
    bool const was_there = zones_.put(op.zone, *op.contents);
    blobs_.clear();
    append(op.zone, op.contents->origin(), was_there ? journal_kind::replaced : journal_kind::created, op.serial_from,
           op.serial_to, op.time_ms, *op.origin);
}

void sqlite_store::execute(zone_removed const& op, std::size_t)
{
    dns::name const* const stored = zones_.apex(op.zone);
    if (!stored)
        refuse_unknown(op.zone);
    dns::name const apex = *stored;
    std::uint32_t const serial = zones_.serial(op.zone);
    zones_.remove(op.zone);
    blobs_.clear();
    append(op.zone, apex, journal_kind::removed, serial, serial, op.time_ms, *op.origin);
}

void sqlite_store::execute(key_put const& op, std::size_t)
{
    keys_.put(*op.key);
}

void sqlite_store::execute(key_changed const& op, std::size_t)
{
    keys_.change(*op.key);
}

void sqlite_store::execute(key_removed const& op, std::size_t)
{
    keys_.remove(op.key_name);
}

void sqlite_store::execute(grant_put const& op, std::size_t)
{
    keys_.put_grant(op.key_name, *op.what);
}

void sqlite_store::execute(grant_removed const& op, std::size_t)
{
    keys_.remove_grant(op.key_name, op.number);
}

void sqlite_store::execute(key_used const& op, std::size_t)
{
    keys_.put_use(op.key_name, *op.use);
}

void sqlite_store::execute(update_seen const& op, std::size_t)
{
    seen_.put(*op.update);
}

void sqlite_store::execute(updates_forgotten const& op, std::size_t)
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
