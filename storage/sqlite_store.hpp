// The store in one SQLite database, `homing.db` in the data directory.
//
// Threads: see store.hpp. Four connections: one that commits, two that read (each under a mutex), one that copies the write-ahead log.
#pragma once

#include "storage/backlog.hpp"
#include "storage/checkpointer.hpp"
#include "storage/directory_lock.hpp"
#include "storage/follow_table.hpp"
#include "storage/host_table.hpp"
#include "storage/token_table.hpp"
#include "storage/journal.hpp"
#include "storage/key_table.hpp"
#include "storage/secondary_table.hpp"
#include "storage/seen_table.hpp"
#include "storage/store.hpp"
#include "storage/stored_journal.hpp"
#include "storage/zone_table.hpp"

#include <mutex>

namespace homing::storage {

class sqlite_store final : public store {
public:
    /// Precondition: the database at `path` is migrated. Throws sqlite_error.
    sqlite_store(directory_lock, std::string path, store_settings const&);
    ~sqlite_store() override;

    dns::result<void> load(zone_sink&) override;
    dns::result<std::vector<key_record>> load_keys() override;
    dns::result<std::vector<host_record>> load_hosts() override;
    dns::result<std::vector<secondary_record>> load_secondaries() override;
    dns::result<access_records> load_access() override;
    dns::result<std::vector<follow_record>> load_followed() override;
    dns::result<update_memory> load_seen() override;
    std::int64_t next_zone_id() override { return next_zone_id_++; }
    dns::result<void> commit(std::span<operation const>) override;
    dns::result<std::vector<journal_entry>> journal_since(std::int64_t zone, std::uint32_t serial, std::size_t limit) override;
    dns::result<std::vector<journal_entry>> journal_newest(std::optional<std::int64_t> zone, std::int64_t before,
                                                           std::size_t limit) override;
    journal_source& history() noexcept override { return past_; }

private:
    // Calls f; what it throws of ours becomes a failure.
    template <class F>
    auto guarded(F&& f) const -> dns::result<decltype(f())>;

    void store_all(std::span<operation const>);
    void execute(zone_changed const&);
    void execute(zone_put const&);
    void execute(zone_removed const&);
    void execute(key_put const&);
    void execute(key_changed const&);
    void execute(key_removed const&);
    void execute(grant_put const&);
    void execute(grant_removed const&);
    void execute(key_used const&);
    void execute(host_put const&);
    void execute(host_removed const&);
    void execute(secondary_put const&);
    void execute(secondary_removed const&);
    void execute(token_put const&);
    void execute(token_removed const&);
    void execute(setting_put const&);
    void execute(follow_put const&);
    void execute(follow_removed const&);
    void execute(update_seen const&);
    void execute(updates_forgotten const&);
    void write_rows(std::vector<backlog::entry const*> const&);
    void write_some_rows(std::span<operation const>);
    void write_all_rows();
    void note_written(std::int64_t journal_number);
    void add_to_backlog(std::int64_t zone, dns::name_view apex, zone::rrset_change const&, std::int64_t journal_number);
    void add_to_backlog(std::span<operation const>, std::int64_t journal_number);
    void append(std::int64_t zone, dns::name_view apex, journal_kind, std::uint32_t from, std::uint32_t to, std::int64_t time_ms,
                change_origin const&);

    // In the order of their making; the lock goes last.
    directory_lock lock_;
    std::string path_;
    connection writer_;
    transaction::statements transaction_;
    zone_table zones_;
    key_table keys_;
    host_table hosts_;
    secondary_table secondaries_;
    token_table tokens_;
    follow_table followed_;
    seen_table seen_;
    journal_log journal_;
    std::int64_t next_zone_id_;
    journal_blobs blobs_; // of the change at hand
    backlog backlog_;
    bool is_backlog_whole_ = true; // else it lacks something that the journal has
    statement note_written_;
    std::int64_t written_; // rows have what the journal says up to here: as stored, and what the transaction at hand stores
    std::int64_t noted_;

    std::mutex reading_; // guards the next two
    connection reader_;
    journal_reader history_;

    stored_journal past_;

    checkpointer checkpointer_;
};

} // namespace homing::storage
