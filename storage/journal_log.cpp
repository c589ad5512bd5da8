#include "storage/journal.hpp"

#include <algorithm>

namespace homing::storage {

namespace {

constexpr int steps_per_append = 2;
constexpr std::size_t max_remembered_zones = 4096;
constexpr std::int64_t octets_of_row = 80; // what a row takes beside its names and blobs, roughly

constexpr char const* insert_sql =
    "INSERT INTO journal (number, zone, sequence, zone_name, kind, serial_from, serial_to, time_ms, "
    "zone_octets, all_octets, key, address, via, removed, added) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

#define HOMING_END_OF_ZONE                                                                                                       \
    "SELECT number, sequence, zone_octets, time_ms FROM journal WHERE zone = ?1 AND sequence > ?2 ORDER BY sequence"
#define HOMING_END_OF_ALL "SELECT number, 0, all_octets, time_ms FROM journal WHERE number > ?2 AND ?1 = 0 ORDER BY number"

std::int64_t size_of(journal_row const& row) noexcept
{
    std::size_t const variable = row.zone_name.size() + row.origin->key.size() + row.origin->address.size() +
                                 row.origin->via.size() + row.removed.size() + row.added.size();
    return octets_of_row + static_cast<std::int64_t>(variable);
}

} // namespace

journal_log::journal_log(connection& c, journal_limits const& limits)
    : limits_{limits},
      insert_{c, insert_sql},
      delete_{c, "DELETE FROM journal WHERE number = ?1"},
      newest_of_zone_{c, HOMING_END_OF_ZONE " DESC LIMIT 1"},
      oldest_of_zone_{c, HOMING_END_OF_ZONE " LIMIT 1"},
      newest_{c, HOMING_END_OF_ALL " DESC LIMIT 1"},
      oldest_{c, HOMING_END_OF_ALL " LIMIT 1"}
{
    forget();
}

#undef HOMING_END_OF_ZONE
#undef HOMING_END_OF_ALL

void journal_log::forget()
{
    zones_.clear();
    wanted_ = 0;
    all_ = {first_end(oldest_, 0, 0), first_end(newest_, 0, 0)};
}

journal_log::row_end journal_log::first_end(statement& s, std::int64_t zone, std::int64_t after)
{
    row_scope const scope{s};
    if (!s.bind(zone, after).step())
        return {};
    return {s.integer(0), s.integer(1), s.integer(2), s.integer(3)};
}

journal_log::span_of_rows& journal_log::rows_of(std::int64_t zone, journal_kind kind)
{
    if (auto const found = zones_.find(zone); found != zones_.end())
        return found->second;
    if (zones_.size() >= max_remembered_zones)
        zones_.clear();
    // A number of a zone is never given twice, so a created one has no rows yet.
    if (kind == journal_kind::created)
        return zones_[zone];
    return zones_[zone] = {first_end(oldest_of_zone_, zone, 0), first_end(newest_of_zone_, zone, 0)};
}

void journal_log::append(journal_row const& row)
{
    std::int64_t const size = size_of(row);
    span_of_rows& rows = rows_of(row.zone, row.kind);
    row_end const in_all{all_.newest.number + 1, 0, all_.newest.octets + size, row.time_ms};
    row_end const in_zone{in_all.number, rows.newest.sequence + 1, rows.newest.octets + size, row.time_ms};
    insert(row, in_zone, in_all);
    if (all_.oldest.number == 0)
        all_.oldest = in_all;
    if (rows.oldest.number == 0)
        rows.oldest = in_zone;
    all_.newest = in_all;
    rows.newest = in_zone;
    trim(rows, row.zone);
    trim_all();
}

void journal_log::insert(journal_row const& row, row_end const& in_zone, row_end const& in_all)
{
    change_origin const& from = *row.origin;
    insert_.run(in_all.number, row.zone, in_zone.sequence, row.zone_name.bytes(), static_cast<std::int64_t>(row.kind),
                row.serial_from, row.serial_to, row.time_ms, in_zone.octets, in_all.octets, from.key, from.address, from.via,
                row.removed, row.added);
}

bool journal_log::is_beyond_limits(span_of_rows const& rows, std::int64_t max_octets) const noexcept
{
    // The newest row stays always: numbers go on from it.
    return rows.oldest.number < rows.newest.number &&
           (rows.newest.octets - rows.oldest.octets >= max_octets || rows.newest.time_ms - rows.oldest.time_ms > limits_.age_ms);
}

void journal_log::trim(span_of_rows& rows, std::int64_t zone)
{
    for (int step = 0; step < steps_per_append; ++step) {
        bool const too_many = rows.newest.sequence - rows.oldest.sequence >= limits_.entries_per_zone;
        if (!too_many && !is_beyond_limits(rows, limits_.octets_per_zone))
            return;
        if (rows.oldest.number >= rows.newest.number || !may_remove_row(rows.oldest.number))
            return;
        delete_.run(rows.oldest.number);
        if (rows.oldest.number == all_.oldest.number)
            all_.oldest = first_end(oldest_, 0, all_.oldest.number);
        rows.oldest = first_end(oldest_of_zone_, zone, rows.oldest.sequence);
    }
}

void journal_log::trim_all()
{
    // What is remembered of the row's zone may name a row that is gone then: removing it again does no harm.
    for (int step = 0; step < steps_per_append && is_beyond_limits(all_, limits_.octets); ++step) {
        if (!may_remove_row(all_.oldest.number))
            return;
        delete_.run(all_.oldest.number);
        all_.oldest = first_end(oldest_, 0, all_.oldest.number);
    }
}

bool journal_log::may_remove_row(std::int64_t number) noexcept
{
    if (number > removable_)
        wanted_ = std::max(wanted_, number);
    return number <= removable_;
}

} // namespace homing::storage
