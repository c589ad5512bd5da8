#include "storage/journal.hpp"
#include "storage/journal_row.hpp"

#include <algorithm>
#include <utility>

namespace homing::storage {

namespace {

constexpr std::size_t max_octets_at_once = 16U << 20;

std::int64_t bounded(std::size_t limit) noexcept
{
    return static_cast<std::int64_t>(std::min<std::size_t>(limit, 0x7FFFFFFF));
}

} // namespace

journal_reader::journal_reader(connection& c, std::string path)
    : connection_{c},
      path_{std::move(path)},
      serials_{c},
      forward_{c, HOMING_JOURNAL_ROWS "zone = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3"},
      forward_all_{c, HOMING_JOURNAL_ROWS "number > ?1 ORDER BY number LIMIT ?2"},
      backward_{c, HOMING_JOURNAL_ROWS "zone = ?1 AND number < ?2 ORDER BY sequence DESC LIMIT ?3"},
      backward_all_{c, HOMING_JOURNAL_ROWS "number < ?1 ORDER BY number DESC LIMIT ?2"}
{
}

std::vector<journal_entry> journal_reader::since(std::int64_t zone, std::uint32_t serial, std::size_t limit)
{
    read_transaction const standing{connection_};
    auto const first = serials_.place_of(zone, serial);
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

template <class Accept>
std::vector<journal_entry> journal_reader::read_rows(statement& rows, std::size_t limit, Accept&& accept) const
{
    row_scope const scope{rows};
    std::vector<journal_entry> entries;
    std::size_t octets_read = 0;
    while (entries.size() < limit && octets_read < max_octets_at_once && rows.step()) {
        octets_read += size_of_changes(rows);
        entries.push_back(read_journal_entry(rows, path_));
        if (!accept(entries.back())) {
            entries.pop_back();
            break;
        }
    }
    return entries;
}

} // namespace homing::storage
