#include "storage/journal.hpp"

#include <algorithm>
#include <utility>

namespace homing::storage {

namespace {

constexpr std::size_t max_octets_at_once = 16U << 20;

#define HOMING_ROWS                                                                                                              \
    "SELECT number, zone, zone_name, kind, serial_from, serial_to, time_ms, key, address, via, removed, added FROM journal "     \
    "WHERE "

journal_kind kind_of(std::int64_t stored)
{
    return stored >= 1 && stored <= 4 ? static_cast<journal_kind>(stored) : journal_kind{};
}

bool is_serial(std::int64_t n) noexcept
{
    return n >= 0 && n <= 0xFFFFFFFFLL;
}

/// SQLite's view of the data stands still from here to the end of the scope.
class read_transaction {
public:
    explicit read_transaction(connection& c) : connection_{c} { connection_.execute("BEGIN"); }
    ~read_transaction()
    {
        try {
            connection_.execute("COMMIT");
        } catch (sqlite_error const&) { // nothing was written; SQLite has ended it
        }
    }
    read_transaction(read_transaction const&) = delete;
    read_transaction& operator=(read_transaction const&) = delete;

private:
    connection& connection_;
};

std::int64_t bounded(std::size_t limit) noexcept
{
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, 0x7FFFFFFF));
}

} // namespace

journal_reader::journal_reader(connection& c, std::string path)
    : connection_{c},
      path_{std::move(path)},
      ends_{c, "SELECT (SELECT min(sequence) FROM journal WHERE zone = ?1), (SELECT max(sequence) FROM journal WHERE zone = ?1)"},
      serial_{c, "SELECT serial_from FROM journal WHERE zone = ?1 AND sequence = ?2"},
      forward_{c, HOMING_ROWS "zone = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3"},
      forward_all_{c, HOMING_ROWS "number > ?1 ORDER BY number LIMIT ?2"},
      backward_{c, HOMING_ROWS "zone = ?1 AND number < ?2 ORDER BY sequence DESC LIMIT ?3"},
      backward_all_{c, HOMING_ROWS "number < ?1 ORDER BY number DESC LIMIT ?2"}
{
}

#undef HOMING_ROWS

std::vector<journal_entry> journal_reader::since(std::int64_t zone, std::uint32_t serial, std::size_t limit)
{
    read_transaction const standing{connection_};
    auto const first = sequence_from(zone, serial);
    if (!first)
        return {};
    forward_.bind(zone, *first, bounded(limit));
    return read_rows(forward_, limit, [next = serial](journal_entry const& e) mutable {
        return e.serial_from == std::exchange(next, e.serial_to);
    });
}

std::vector<journal_entry> journal_reader::after(std::int64_t number, std::size_t limit)
{
    return read_rows(forward_all_.bind(number, bounded(limit)), limit, [](journal_entry const&) { return true; });
}

std::vector<journal_entry> journal_reader::newest(std::optional<std::int64_t> zone, std::int64_t before, std::size_t limit)
{
    auto const everything = [](journal_entry const&) { return true; };
    if (zone)
        return read_rows(backward_.bind(*zone, before, bounded(limit)), limit, everything);
    return read_rows(backward_all_.bind(before, bounded(limit)), limit, everything);
}

/// The row that leads away from a serial. Serials only advance along the sequence, so their distances to the newest one fall and
/// a binary search finds it. Should they have gone round more than once, it is not found, or is one with that very serial.
std::optional<std::int64_t> journal_reader::sequence_from(std::int64_t zone, std::uint32_t serial)
{
    row_scope const scope{ends_};
    if (!ends_.bind(zone).step())
        return {}; // NULL where there is no row reads as 0, and no row has that
    std::int64_t low = ends_.integer(0);
    std::int64_t high = ends_.integer(1);
    auto const newest = serial_before(zone, high);
    if (!newest)
        return {};
    std::uint32_t const distance = *newest - serial;
    while (low < high) {
        std::int64_t const middle = low + (high - low + 1) / 2; // upper, to find the last one at least that far away
        auto const there = serial_before(zone, middle);
        if (!there)
            return {};
        if (*newest - *there >= distance)
            low = middle;
        else
            high = middle - 1;
    }
    return serial_before(zone, low) == serial ? std::optional{low} : std::nullopt;
}

std::optional<std::uint32_t> journal_reader::serial_before(std::int64_t zone, std::int64_t sequence)
{
    row_scope const scope{serial_};
    if (!serial_.bind(zone, sequence).step())
        return {};
    return static_cast<std::uint32_t>(serial_.integer(0));
}

template <class Accept>
std::vector<journal_entry> journal_reader::read_rows(statement& rows, std::size_t limit, Accept&& accept) const
{
    row_scope const scope{rows};
    std::vector<journal_entry> entries;
    std::size_t octets_read = 0;
    while (entries.size() < limit && octets_read < max_octets_at_once && rows.step()) {
        octets_read += rows.blob(10).size() + rows.blob(11).size();
        entries.push_back(read(rows));
        if (!accept(entries.back())) {
            entries.pop_back();
            break;
        }
    }
    return entries;
}

journal_entry journal_reader::read(statement& row) const
{
    journal_entry e;
    e.number = row.integer(0);
    e.zone_id = row.integer(1);
    octets const apex = row.blob(2);
    auto const parsed = dns::name_view::parse(apex);
    e.kind = kind_of(row.integer(3));
    std::optional<std::vector<zone::rrset_change>> changes;
    if (parsed && parsed->size() == apex.size())
        changes = decode_changes(row.blob(10), row.blob(11), *parsed);
    if (!changes || e.kind == journal_kind{} || !is_serial(row.integer(4)) || !is_serial(row.integer(5)))
        throw refusal{path_ + " is damaged: journal entry " + std::to_string(e.number) +
                      " cannot be read; restore it from a backup"};
    e.zone = *parsed;
    e.serial_from = static_cast<std::uint32_t>(row.integer(4));
    e.serial_to = static_cast<std::uint32_t>(row.integer(5));
    e.time_ms = row.integer(6);
    e.origin = {std::string{row.text(7)}, std::string{row.text(8)}, std::string{row.text(9)}};
    e.changes = std::move(*changes);
    return e;
}

} // namespace homing::storage
