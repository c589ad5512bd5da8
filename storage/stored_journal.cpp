#include "storage/stored_journal.hpp"

#include "storage/journal_row.hpp"

namespace homing::storage {

namespace {

// What a page may cost, whether its rows are wanted or not.
constexpr std::int64_t max_rows_seen = 4096;
constexpr std::size_t max_octets_seen = 1U << 20;
constexpr std::size_t max_entries = 256;

/// Without regard to the case of letters.
bool is_same_text(std::string_view a, std::string_view b) noexcept
{
    auto const octets_of = [](std::string_view s) { return reinterpret_cast<std::uint8_t const*>(s.data()); };
    return a.size() == b.size() && dns::equal_ignoring_case(octets_of(a), octets_of(b), a.size());
}

} // namespace

stored_journal::stored_journal(std::string path)
    : path_{std::move(path)},
      connection_{path_},
      serials_{connection_},
      entry_{connection_, HOMING_JOURNAL_ROWS "number = ?1"},
      forward_{connection_, HOMING_JOURNAL_ROWS "zone = ?1 AND sequence >= ?2 ORDER BY sequence"},
      back_{connection_, "SELECT number, 0, key FROM journal WHERE number < ?1 ORDER BY number DESC LIMIT ?2"},
      back_in_zone_{connection_, "SELECT number, sequence, key FROM journal WHERE zone = ?3 AND sequence < ?1 "
                                 "ORDER BY sequence DESC LIMIT ?2"},
      next_zone_{connection_, "SELECT zone FROM journal WHERE zone > ?1 ORDER BY zone LIMIT 1"},
      newest_{connection_, "SELECT number, zone_name FROM journal WHERE zone = ?1 ORDER BY sequence DESC LIMIT 1"}
{
    connection_.use_write_ahead_log();
    connection_.execute("PRAGMA query_only = ON; PRAGMA cache_size = -512"); // it goes through everything once
}

template <class F>
auto stored_journal::guarded(F&& f) -> dns::result<decltype(f())>
{
    std::lock_guard const lock{mutex_};
    try {
        return f();
    } catch (sqlite_error const& e) {
        return dns::failure{e.sentence(path_)};
    } catch (refusal const& e) {
        return dns::failure{e.what()};
    }
}

dns::result<std::optional<journal_entry>> stored_journal::find(std::int64_t number)
{
    return guarded([&] {
        row_scope const scope{entry_};
        return entry_.bind(number).step() ? std::optional{read_journal_entry(entry_, path_)} : std::nullopt;
    });
}

dns::result<std::vector<journal_entry>> stored_journal::from(std::int64_t zone, std::int64_t sequence)
{
    return guarded([&] {
        row_scope const scope{forward_};
        forward_.bind(zone, sequence);
        std::vector<journal_entry> entries;
        for (std::size_t seen = 0; entries.size() < max_entries && seen < max_octets_seen && forward_.step();) {
            seen += size_of_changes(forward_);
            entries.push_back(read_journal_entry(forward_, path_));
        }
        return entries;
    });
}

dns::result<std::optional<std::int64_t>> stored_journal::place_of(std::int64_t zone, std::uint32_t serial)
{
    return guarded([&] {
        read_transaction const standing{connection_};
        return serials_.place_of(zone, serial);
    });
}

/// Goes over number, sequence and key of the rows before a place; what else there is of a row is read only if it may be wanted.
statement& stored_journal::scan_before(journal_place place, std::optional<std::int64_t> zone)
{
    return zone ? back_in_zone_.bind(place.sequence, max_rows_seen, *zone) : back_.bind(place.number, max_rows_seen);
}

dns::result<journal_page> stored_journal::before(journal_place place, std::optional<std::int64_t> zone,
                                                 journal_filter const& filter)
{
    return guarded([&] {
        read_transaction const standing{connection_};
        statement& rows = scan_before(place, zone);
        row_scope const scope{rows};
        journal_page page;
        std::int64_t rows_seen = 0;
        std::size_t octets_seen = 0;
        while (page.entries.size() < max_entries && octets_seen < max_octets_seen && rows.step()) {
            ++rows_seen;
            place = {rows.integer(0), rows.integer(1)};
            if (filter.key.empty() || is_same_text(rows.text(2), filter.key))
                octets_seen += add_row(place.number, filter, page);
        }
        bool const is_cut = rows_seen == max_rows_seen || page.entries.size() == max_entries || octets_seen >= max_octets_seen;
        if (is_cut)
            page.next = place;
        return page;
    });
}

/// Returns how much was read.
std::size_t stored_journal::add_row(std::int64_t number, journal_filter const& filter, journal_page& page)
{
    row_scope const scope{entry_};
    if (!entry_.bind(number).step())
        return 0;
    if (!filter.name || may_touch(entry_, *filter.name, filter.and_below))
        page.entries.push_back(read_journal_entry(entry_, path_));
    return size_of_changes(entry_);
}

dns::result<std::vector<journal_zone>> stored_journal::zones_after(std::int64_t id)
{
    return guarded([&] {
        read_transaction const standing{connection_};
        std::vector<journal_zone> zones;
        for (auto next = zone_after(id); next && zones.size() < max_entries; next = zone_after(id)) {
            id = next->id;
            zones.push_back(*next);
        }
        return zones;
    });
}

std::optional<journal_zone> stored_journal::zone_after(std::int64_t id)
{
    row_scope const next_scope{next_zone_}, newest_scope{newest_};
    if (!next_zone_.bind(id).step() || !newest_.bind(next_zone_.integer(0)).step())
        return {};
    octets const stored = newest_.blob(1);
    auto const name = dns::name_view::parse(stored);
    if (!name || name->size() != stored.size())
        throw refusal{path_ + " is damaged: journal entry " + std::to_string(newest_.integer(0)) +
                      " does not name its zone; restore it from a backup"};
    return journal_zone{next_zone_.integer(0), dns::name{*name}, newest_.integer(0)};
}

} // namespace homing::storage
