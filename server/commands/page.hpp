// Part of a list that is in canonical order of names: what --after and --limit say, so that a page of a long list costs a page.
//
// As thread safe as the console.
#pragma once

#include "server/commands/command.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace homing::server {

struct page {
    std::optional<dns::name> after; ///< only names after this one
    std::size_t limit = std::numeric_limits<std::size_t>::max();
};

/// Otherwise says what is wrong with them.
std::optional<page> read_page(console&, arguments const&);
/// What --limit says.
std::optional<std::size_t> read_page_limit(console&, arguments const&);

/// Leaves of the items those of the page, in order. `name_of(item)` is a dns::name_view.
template <class Items, class NameOf>
void cut_to_page(Items& items, page const& wanted, NameOf name_of)
{
    if (wanted.after)
        std::erase_if(items, [&](auto const& i) { return name_of(i).compare(*wanted.after) <= 0; });
    auto const count = std::min(items.size(), wanted.limit);
    auto const end = items.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(items.begin(), end, items.end(),
                      [&](auto const& a, auto const& b) { return name_of(a).compare(name_of(b)) < 0; });
    items.erase(end, items.end());
}

} // namespace homing::server
