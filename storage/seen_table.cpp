#include "storage/seen_table.hpp"

#include <algorithm>

namespace homing::storage {

namespace {

template <std::size_t Size>
void read(octets stored, std::array<std::uint8_t, Size>& out, std::string const& path)
{
    if (stored.size() != Size)
        throw refusal{path + " is damaged: the memory of an update cannot be read; restore it from a backup"};
    std::copy(stored.begin(), stored.end(), out.begin());
}

std::uint64_t seconds(statement& row, int column)
{
    return static_cast<std::uint64_t>(row.integer(column));
}

} // namespace

seen_table::seen_table(connection& c)
    : put_{c, "INSERT INTO seen_update (number, identity, time_signed, expires, rcode) VALUES (?1, ?2, ?3, ?4, ?5)"},
      remove_{c, "DELETE FROM seen_update WHERE number < ?1"},
      put_forgotten_{c, "INSERT OR REPLACE INTO forgotten_update (key, signed_until, expired_until) VALUES (?1, ?2, ?3)"},
      seen_{c, "SELECT number, identity, time_signed, expires, rcode FROM seen_update ORDER BY number"},
      forgotten_{c, "SELECT key, signed_until, expired_until FROM forgotten_update"}
{
}

void seen_table::put(seen_update const& u)
{
    put_.run(u.number, octets{u.identity}, static_cast<std::int64_t>(u.time_signed), static_cast<std::int64_t>(u.expires),
             static_cast<std::int64_t>(u.rcode));
}

void seen_table::forget(updates_forgotten const& what)
{
    remove_.run(what.first_kept);
    for (forgotten_updates const& f : what.left)
        put_forgotten_.run(octets{f.key}, static_cast<std::int64_t>(f.signed_until), static_cast<std::int64_t>(f.expired_until));
}

update_memory seen_table::load(std::string const& path)
{
    row_scope const seen{seen_}, forgotten{forgotten_};
    update_memory out;
    while (seen_.step()) {
        seen_update& u = out.seen.emplace_back();
        u.number = seen_.integer(0);
        read(seen_.blob(1), u.identity, path);
        u.time_signed = seconds(seen_, 2);
        u.expires = seconds(seen_, 3);
        u.rcode = static_cast<dns::rcode>(seen_.integer(4));
    }
    while (forgotten_.step()) {
        forgotten_updates& f = out.forgotten.emplace_back();
        read(forgotten_.blob(0), f.key, path);
        f.signed_until = seconds(forgotten_, 1);
        f.expired_until = seconds(forgotten_, 2);
    }
    return out;
}

} // namespace homing::storage
