#include "storage/schema.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace homing::storage {

namespace {

// Names are in wire form and lower case; an RRset's owner without the labels of its zone's apex and without the root label, so that it is
// empty at the apex. `records` is dns::rrset::packed(). A zone's id is never given to another one (AUTOINCREMENT).
//
// The journal has one row per change. `sequence` counts a zone's rows without gaps; the two `_octets` add up what rows take, of the zone
// and of all, up to and with this one, so that the ends of a range tell its size. `removed` and `added`: journal_changes.hpp. A row
// outlives its zone, so it has the zone's name and no foreign key.
constexpr char const* first_step = R"(
CREATE TABLE zone (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    apex BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE rrset (
    zone INTEGER NOT NULL REFERENCES zone (id) ON DELETE CASCADE,
    name BLOB NOT NULL,
    type INTEGER NOT NULL,
    ttl INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (zone, name, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    zone INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    zone_name BLOB NOT NULL,
    kind INTEGER NOT NULL,
    serial_from INTEGER NOT NULL,
    serial_to INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    zone_octets INTEGER NOT NULL,
    all_octets INTEGER NOT NULL,
    key TEXT NOT NULL,
    address TEXT NOT NULL,
    via TEXT NOT NULL,
    removed BLOB NOT NULL,
    added BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_of_zone ON journal (zone, sequence);

CREATE TABLE tsig_key (
    name BLOB PRIMARY KEY,
    algorithm TEXT NOT NULL,
    secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE key_grant (
    key BLOB NOT NULL REFERENCES tsig_key (name) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    everything INTEGER NOT NULL,
    name BLOB NOT NULL,
    PRIMARY KEY (key, position)
) STRICT, WITHOUT ROWID;
)";

// The writer's memory of signed UPDATEs. (IF NOT EXISTS, because for a day the first step made it.)
constexpr char const* second_step = R"(
CREATE TABLE IF NOT EXISTS seen_update (
    number INTEGER PRIMARY KEY,
    identity BLOB NOT NULL,
    time_signed INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    rcode INTEGER NOT NULL
) STRICT;
)";

// Keys have a state, a secret that was replaced and is still good, and the time of their last use; grants say more. `number` is of the key and never
// given twice (`grants_made`). `any_labels`: an octet for each label of `name` that stands for any label, counted from the root. `types`: "A,AAAA",
// "" for the usual ones, "ANY". `may`: "update,transfer". What a key could do before, it can do after, no more and no less.
constexpr char const* third_step = R"(
ALTER TABLE tsig_key ADD COLUMN is_disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tsig_key ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tsig_key ADD COLUMN secret_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tsig_key ADD COLUMN retired_algorithm TEXT NOT NULL DEFAULT '';
ALTER TABLE tsig_key ADD COLUMN retired_secret BLOB NOT NULL DEFAULT x'';
ALTER TABLE tsig_key ADD COLUMN retired_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tsig_key ADD COLUMN grants_made INTEGER NOT NULL DEFAULT 0;

CREATE TABLE key_use (
    key BLOB PRIMARY KEY REFERENCES tsig_key (name) ON DELETE CASCADE,
    time INTEGER NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE key_grant RENAME TO old_grant;
CREATE TABLE key_grant (
    key BLOB NOT NULL REFERENCES tsig_key (name) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    preset TEXT NOT NULL,
    name BLOB NOT NULL,
    any_labels BLOB NOT NULL,
    is_exact INTEGER NOT NULL,
    at_apex INTEGER NOT NULL,
    types TEXT NOT NULL,
    may TEXT NOT NULL,
    PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
INSERT INTO key_grant
    SELECT key, position + 1, iif(everything, 'admin', 'zone'), iif(everything, x'00', name), x'', 0, 0, '', '' FROM old_grant;
UPDATE tsig_key SET grants_made = (SELECT coalesce(max(number), 0) FROM key_grant WHERE key = tsig_key.name);
DROP TABLE old_grant;
)";

// What is left of the memory of updates when they are removed from it: storage::forgotten_updates.
constexpr char const* fourth_step = R"(
CREATE TABLE forgotten_update (
    key BLOB PRIMARY KEY,
    signed_until INTEGER NOT NULL,
    expired_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

// The RRsets' rows have what the journal says up to this row of it; of later ones they may have some (backlog.hpp).
constexpr char const* fifth_step = R"(
CREATE TABLE rrset_written (
    journal_number INTEGER NOT NULL
) STRICT;
INSERT INTO rrset_written SELECT coalesce(max(number), 0) FROM journal;
)";

// Dynamic hosts: storage::host_record. `ipv6_suffix` is empty or 16 octets; `ipv4` and `ipv6` are addresses one after the other.
constexpr char const* sixth_step = R"(
CREATE TABLE host (
    name BLOB PRIMARY KEY,
    ttl INTEGER NOT NULL,
    ipv6_suffix BLOB NOT NULL,
    expire INTEGER NOT NULL,
    ipv4 BLOB NOT NULL,
    ipv6 BLOB NOT NULL,
    changed_ms INTEGER NOT NULL,
    confirmed_ms INTEGER NOT NULL,
    key TEXT NOT NULL,
    address TEXT NOT NULL,
    via TEXT NOT NULL,
    is_lapsed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

// Servers that follow this one: storage::secondary_record. `addresses` is a list with spaces between.
constexpr char const* seventh_step = R"(
CREATE TABLE secondary (
    name BLOB PRIMARY KEY,
    addresses TEXT NOT NULL,
    catalog BLOB NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

// Tokens of the API: storage::token_record; `below` are names in wire form, one after the other. And what the server remembers of itself.
constexpr char const* eighth_step = R"(
CREATE TABLE api_token (
    name TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    is_read_only INTEGER NOT NULL,
    below BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)";

// Zones that are followed: storage::follow_record. One without contents yet has no row in `zone`.
constexpr char const* ninth_step = R"(
CREATE TABLE followed_zone (
    apex BLOB PRIMARY KEY,
    primaries TEXT NOT NULL,
    key BLOB NOT NULL,
    catalog BLOB NOT NULL,
    label BLOB NOT NULL,
    is_catalog INTEGER NOT NULL,
    is_expired INTEGER NOT NULL,
    refreshed_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

constexpr std::array<char const*, 9> steps_so_far = {first_step, second_step, third_step,   fourth_step,
                                                     fifth_step, sixth_step,  seventh_step, eighth_step, ninth_step};

[[noreturn]] void refuse_foreign(std::string const& path)
{
    throw refusal{path + " is not a homing database: another program's file is in its place; move it away, or choose another "
                         "directory with --data"};
}

void check_origin(connection& c, std::string const& path, std::int64_t version, std::int64_t known)
{
    if (c.integer("PRAGMA application_id") != application_id)
        refuse_foreign(path);
    if (version > known)
        throw refusal{path + " was made by a newer homing (schema version " + std::to_string(version) +
                      "; this one knows versions up to " + std::to_string(known) + "): run that homing, or a newer one"};
}

bool is_empty(connection& c)
{
    return c.integer("PRAGMA application_id") == 0 && c.integer("PRAGMA user_version") == 0 &&
           c.integer("SELECT count(*) FROM sqlite_schema") == 0;
}

void set_version(connection& c, std::size_t version)
{
    c.execute(("PRAGMA application_id = " + std::to_string(application_id) + "; PRAGMA user_version = " + std::to_string(version))
                  .c_str());
}

} // namespace

std::span<char const* const> schema_steps() noexcept
{
    return steps_so_far;
}

void migrate(connection& c, std::string const& path, std::span<char const* const> steps)
{
    auto version = c.integer("PRAGMA user_version");
    if (!is_empty(c))
        check_origin(c, path, version, static_cast<std::int64_t>(steps.size()));
    if (version < 0)
        refuse_foreign(path);
    c.use_write_ahead_log();
    if (static_cast<std::size_t>(version) == steps.size())
        return;
    transaction::statements begin_and_commit{c};
    transaction all{c, begin_and_commit};
    for (char const* const step : steps.subspan(static_cast<std::size_t>(version)))
        c.execute(step);
    set_version(c, steps.size());
    all.commit();
}

void check_file(std::string const& path)
{
    constexpr char magic[] = "SQLite format 3"; // with its final zero octet
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return; // absent; or SQLite will say why not
    char start[sizeof magic] = {};
    ssize_t const size = ::read(file, start, sizeof start);
    ::close(file);
    if (size == 0)
        throw refusal{path +
                      " is empty: what it held is lost; restore it from a backup, or, to begin with an empty store, delete it"};
    if (size > 0 && (size < static_cast<ssize_t>(sizeof magic) || std::memcmp(start, magic, sizeof magic) != 0))
        refuse_foreign(path);
}

} // namespace homing::storage
