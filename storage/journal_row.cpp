#include "storage/journal_row.hpp"

#include "storage/journal_changes.hpp"

namespace homing::storage {

namespace {

constexpr int number_column = 0, name_column = 2, kind_column = 3, removed_column = 10, added_column = 11, sequence_column = 12;

journal_kind kind_of(std::int64_t stored)
{
    return stored >= 1 && stored <= 4 ? static_cast<journal_kind>(stored) : journal_kind{};
}

bool is_serial(std::int64_t n) noexcept
{
    return n >= 0 && n <= 0xFFFFFFFFLL;
}

/// The zone's name; nothing if it is damaged.
std::optional<dns::name_view> apex_of(statement const& row) noexcept
{
    octets const stored = row.blob(name_column);
    auto const apex = dns::name_view::parse(stored);
    return apex && apex->size() == stored.size() ? apex : std::nullopt;
}

} // namespace

journal_entry read_journal_entry(statement const& row, std::string const& path)
{
    journal_entry e;
    e.number = row.integer(number_column);
    e.zone_id = row.integer(1);
    e.sequence = row.integer(sequence_column);
    auto const apex = apex_of(row);
    e.kind = kind_of(row.integer(kind_column));
    std::optional<std::vector<zone::rrset_change>> changes;
    if (apex)
        changes = decode_changes(row.blob(removed_column), row.blob(added_column), *apex);
    if (!changes || e.kind == journal_kind{} || !is_serial(row.integer(4)) || !is_serial(row.integer(5)))
        throw refusal{path + " is damaged: journal entry " + std::to_string(e.number) +
                      " cannot be read; restore it from a backup"};
    e.zone = *apex;
    e.serial_from = static_cast<std::uint32_t>(row.integer(4));
    e.serial_to = static_cast<std::uint32_t>(row.integer(5));
    e.time_ms = row.integer(6);
    e.origin = {std::string{row.text(7)}, std::string{row.text(8)}, std::string{row.text(9)}};
    e.changes = std::move(*changes);
    return e;
}

std::size_t size_of_changes(statement const& row) noexcept
{
    return row.blob(removed_column).size() + row.blob(added_column).size();
}

bool may_touch(statement const& row, dns::name_view name, bool or_below)
{
    auto const apex = apex_of(row);
    if (!apex)
        return true; // that it is damaged is to be heard of
    if (!name.is_subdomain_of(*apex))
        return or_below && apex->is_subdomain_of(name);
    if (kind_of(row.integer(kind_column)) != journal_kind::changed)
        return true; // what it touched is not known
    octets const relative = relative_to(*apex, name);
    return has_owner(row.blob(removed_column), relative, or_below) || has_owner(row.blob(added_column), relative, or_below);
}

} // namespace homing::storage
