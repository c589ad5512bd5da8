#include "storage/journal_serials.hpp"

namespace homing::storage {

journal_serials::journal_serials(connection& c)
    : ends_{c, "SELECT (SELECT min(sequence) FROM journal WHERE zone = ?1), (SELECT max(sequence) FROM journal WHERE zone = ?1)"},
      steps_{c, "SELECT serial_from, serial_to FROM journal WHERE zone = ?1 AND sequence = ?2"}
{
}

/// Serials only advance along the sequence, so their distances to the newest one fall and a binary search finds it. Should they have gone
/// round more than once, it is not found, or is one with that very serial.
std::optional<std::int64_t> journal_serials::place_of(std::int64_t zone, std::uint32_t serial)
{
    row_scope const scope{ends_};
    if (!ends_.bind(zone).step())
        return {}; // NULL where there is no row reads as 0, and no row has that
    std::int64_t low = ends_.integer(0);
    std::int64_t high = ends_.integer(1);
    auto const newest = step_at(zone, high);
    if (!newest)
        return {};
    if (newest->to == serial)
        return high + 1;
    std::uint32_t const distance = newest->from - serial;
    while (low < high) {
        std::int64_t const middle = low + (high - low + 1) / 2; // upper, to find the last one at least that far away
        auto const there = step_at(zone, middle);
        if (!there)
            return {};
        if (newest->from - there->from >= distance)
            low = middle;
        else
            high = middle - 1;
    }
    auto const found = step_at(zone, low);
    return found && found->from == serial ? std::optional{low} : std::nullopt;
}

std::optional<journal_serials::step> journal_serials::step_at(std::int64_t zone, std::int64_t sequence)
{
    row_scope const scope{steps_};
    if (!steps_.bind(zone, sequence).step())
        return {};
    return step{static_cast<std::uint32_t>(steps_.integer(0)), static_cast<std::uint32_t>(steps_.integer(1))};
}

} // namespace homing::storage
