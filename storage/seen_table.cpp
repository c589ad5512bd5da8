#include "storage/seen_table.hpp"

#include <algorithm>
#include <ctime>

namespace homing::storage {

seen_table::seen_table(connection& c)
    : put_{c, "INSERT INTO seen_update (identity, time_signed, expires, rcode) VALUES (?1, ?2, ?3, ?4)"},
      // Only the first few rows are looked at, so that this never walks the table.
      trim_{c, "DELETE FROM seen_update WHERE number IN (SELECT number FROM seen_update ORDER BY number LIMIT ?1) "
               "AND (expires < ?2 OR number <= (SELECT max(number) FROM seen_update) - ?3)"},
      all_{c, "SELECT identity, time_signed, expires, rcode FROM seen_update ORDER BY number"}
{
}

void seen_table::put(seen_update const& u)
{
    put_.run(octets{u.identity}, static_cast<std::int64_t>(u.time_signed), static_cast<std::int64_t>(u.expires),
             static_cast<std::int64_t>(u.rcode));
    ++put_since_trim_;
}

void seen_table::trim()
{
    if (put_since_trim_ == 0)
        return;
    trim_.run(2 * std::exchange(put_since_trim_, 0), static_cast<std::int64_t>(std::time(nullptr)), most_rows);
}

std::vector<seen_update> seen_table::load(std::string const& path)
{
    row_scope const scope{all_};
    std::vector<seen_update> out;
    while (all_.step()) {
        seen_update& u = out.emplace_back();
        octets const identity = all_.blob(0);
        if (identity.size() != u.identity.size())
            throw refusal{path + " is damaged: the memory of an update cannot be read; restore it from a backup"};
        std::copy(identity.begin(), identity.end(), u.identity.begin());
        u.time_signed = static_cast<std::uint64_t>(all_.integer(1));
        u.expires = static_cast<std::uint64_t>(all_.integer(2));
        u.rcode = static_cast<dns::rcode>(all_.integer(3));
    }
    return out;
}

} // namespace homing::storage
