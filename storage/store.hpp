// What survives a crash: the interface that the writer uses.
//
// `commit` is all or nothing and returns after the disk has it; after a failed one the store stands as before and takes the next.
// Not thread safe: the writer's thread alone uses a store, once `load` has returned; what says otherwise says so.
#pragma once

#include "dns/result.hpp"
#include "storage/backlog_limits.hpp"
#include "storage/follow_record.hpp"
#include "storage/host_record.hpp"
#include "storage/journal_source.hpp"
#include "storage/key_record.hpp"
#include "storage/secondary_record.hpp"
#include "storage/token_record.hpp"
#include "zone/contents.hpp"
#include "zone/diff.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace homing::storage {

/// A signed UPDATE that has been executed: it must not be again while its signature holds.
struct seen_update {
    using identity_type = std::array<std::uint8_t, 16>;
    using key_type = std::array<std::uint8_t, 6>;
    identity_type identity{};               ///< of its signature; the last octets stand for its key
    std::uint64_t time_signed = 0;          ///< seconds since 1970
    std::uint64_t expires = 0;              ///< the last second in which its signature holds
    dns::rcode rcode = dns::rcode::noerror; ///< how it ended
    std::int64_t number = 0;                ///< ascending in the order of their execution
};

/// What is left of a key's seen updates that are remembered no longer: one that was signed, or expires, no later may be one of them.
struct forgotten_updates {
    seen_update::key_type key{};
    std::uint64_t signed_until = 0;  ///< of those whose signature held still
    std::uint64_t expired_until = 0; ///< of those whose signature did not
};

struct update_memory {
    std::vector<seen_update> seen; ///< oldest first
    std::vector<forgotten_updates> forgotten;
};

/// What one entry of a batch does. Zones are named by the id that `put_zone` or `load` gave.
struct zone_changed { ///< of a zone that is stored
    std::int64_t zone;
    zone::diff const* diff; ///< borrowed until commit returns
    change_origin const* origin;
    std::int64_t time_ms; ///< since 1970, UTC
};
struct zone_put { ///< a new zone, or new contents for an old one; only the RRsets that differ are written
    std::int64_t zone;
    zone::contents const* contents;
    std::uint32_t serial_from; ///< 0 for a new zone
    std::uint32_t serial_to;
    change_origin const* origin;
    std::int64_t time_ms;
};
struct zone_removed {
    std::int64_t zone;
    std::uint32_t serial; ///< its last one
    change_origin const* origin;
    std::int64_t time_ms;
};
struct key_put { ///< a new key, or another in the place of the one with its name, with all its grants
    key_record const* key;
};
struct key_changed { ///< all of a stored key but its grants and its last use
    key_record const* key;
};
struct key_removed {
    dns::name_view key_name;
};
struct grant_put { ///< of a stored key; with the number of one that it has, in its place
    dns::name_view key_name;
    grant const* what;
};
struct grant_removed {
    dns::name_view key_name;
    std::uint32_t number;
};
struct key_used { ///< nothing happens if there is no such key any more
    dns::name_view key_name;
    key_use const* use;
};
struct host_put { ///< a new host, or another in the place of the one with its name
    host_record const* host;
};
struct host_removed {
    dns::name_view name;
};
struct secondary_put { ///< a new one, or another in the place of the one with its name
    secondary_record const* secondary;
};
struct secondary_removed {
    dns::name_view name;
};
struct token_put { ///< a new token, or another in the place of the one with its name
    token_record const* token;
};
struct token_removed {
    std::string_view name;
};
struct setting_put {
    std::string_view name, value;
};
struct follow_put { ///< a followed zone, or another record in the place of the one with its apex
    follow_record const* what;
};
struct follow_removed {
    std::string const* apex;
};
struct update_seen {
    seen_update const* update;
};
struct updates_forgotten {
    std::int64_t first_kept; ///< those with a lower number go
    std::span<forgotten_updates const> left;
};
using operation = std::variant<zone_changed, zone_put, zone_removed, key_put, key_changed, key_removed, grant_put, grant_removed,
                               key_used, host_put, host_removed, secondary_put, secondary_removed, token_put, token_removed, setting_put,
                               follow_put, follow_removed, update_seen, updates_forgotten>;

/// Receives the stored zones in the order of their ids, each zone's RRsets together, by (owner, type). May throw to stop.
class zone_sink {
public:
    virtual ~zone_sink() = default;
    virtual void begin_zone(std::int64_t id, dns::name_view apex) = 0;
    /// `relative_owner`: lower case, without the apex's labels and the root label; empty for the apex. `packed` as dns::rrset::packed(), well formed.
    virtual void rrset(std::span<std::uint8_t const> relative_owner, dns::rr_type, std::uint32_t ttl,
                       std::span<std::uint8_t const> packed) = 0;
    virtual void end_zone() = 0;
};

/// How much journal is kept. What is too much or too old goes with later commits, a few entries at a time, so that no commit is
/// held up by it; the newest entry of all stays, and of a zone it goes only by the limits for all.
struct journal_limits {
    std::int64_t entries_per_zone = 100'000;
    std::int64_t octets_per_zone = 64LL << 20;
    std::int64_t octets = 1LL << 30; ///< of all zones together
    std::int64_t age_ms = 365LL * 24 * 60 * 60 * 1000;
};

struct store_settings {
    journal_limits journal = {};
    /// The write-ahead log is copied into the database when it has this many pages of 4 KiB, and then written from its start again.
    std::size_t log_pages = 4096;
    /// Takes the disk space for that at once: for a server, which commits more than once.
    bool reserves_log = false;
    backlog_limits backlog = {};
};

class store {
public:
    virtual ~store() = default;

    /// Everything stored. A damaged row is a failure that names it, not a skipped row.
    virtual dns::result<void> load(zone_sink&) = 0;
    virtual dns::result<std::vector<key_record>> load_keys() = 0;
    virtual dns::result<std::vector<host_record>> load_hosts() { return std::vector<host_record>{}; }
    virtual dns::result<std::vector<secondary_record>> load_secondaries() { return std::vector<secondary_record>{}; }
    virtual dns::result<access_records> load_access() { return access_records{}; }
    virtual dns::result<std::vector<follow_record>> load_followed() { return std::vector<follow_record>{}; }
    virtual dns::result<update_memory> load_seen() = 0;

    /// A number for a zone that will be put; never given twice.
    virtual std::int64_t next_zone_id() = 0;

    /// Executes the batch as one transaction and waits for the disk. On failure nothing of it is stored.
    virtual dns::result<void> commit(std::span<operation const>) = 0;

    /// The zone's journal after a serial, oldest first, each entry from the serial that the one before led to: at most `limit` entries,
    /// and no further ones once they have some 16 MiB (ask again from the last one's serial). Empty if the journal does not reach back
    /// to that serial, or it is the newest. Any thread.
    virtual dns::result<std::vector<journal_entry>> journal_since(std::int64_t zone, std::uint32_t serial, std::size_t limit) = 0;

    /// Entries with a number below `before`, newest first, of one zone or of all; bounded as above. Any thread.
    virtual dns::result<std::vector<journal_entry>> journal_newest(std::optional<std::int64_t> zone, std::int64_t before,
                                                                   std::size_t limit) = 0;

    /// The journal, for whoever wants to go through it; of a store without one an empty one. Any thread.
    virtual journal_source& history() noexcept
    {
        static empty_journal none;
        return none;
    }
};

/// Opens the store in a directory (created, mode 0700, if its parent is there), takes the directory's lock, migrates the schema. Failures are
/// sentences for a person: another process holds it, no right to write, damaged, made by a newer homing (which version, which we know).
dns::result<std::unique_ptr<store>> open_sqlite_store(std::string const& directory, store_settings const& = {});

/// Whether some process holds the directory's lock. Any thread.
bool is_directory_locked(std::string const& directory);

} // namespace homing::storage
