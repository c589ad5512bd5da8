#include "storage/journal_walk.hpp"

#include <algorithm>

namespace homing::storage {

void journal_walk::add(journal_filter filter)
{
    streams_.push_back({{}, std::move(filter), std::numeric_limits<std::int64_t>::max()});
}

void journal_walk::add(journal_zone const& zone, journal_filter filter)
{
    streams_.push_back({zone.id, std::move(filter), zone.newest + 1});
}

dns::result<std::optional<journal_entry>> journal_walk::next()
{
    while (!streams_.empty()) {
        auto const newest = std::ranges::max_element(streams_, {}, &stream::below);
        if (newest->entries.empty()) {
            if (!goes_on_())
                break;
            if (auto read = read_page(*newest); !read)
                return read.error();
            settle(static_cast<std::size_t>(newest - streams_.begin()));
            continue;
        }
        std::optional entry{std::move(newest->entries.front())};
        newest->entries.pop_front();
        settle(static_cast<std::size_t>(newest - streams_.begin()));
        return entry;
    }
    streams_.clear();
    return std::optional<journal_entry>{};
}

dns::result<void> journal_walk::read_page(stream& s)
{
    auto page = source_.before(*s.rest, s.zone, s.filter);
    if (!page)
        return page.error();
    s.entries.assign(std::move_iterator{page->entries.begin()}, std::move_iterator{page->entries.end()});
    s.rest = page->next;
    return {};
}

/// Says how new what the stream has left is, or drops a stream at its end.
void journal_walk::settle(std::size_t at)
{
    stream& s = streams_[at];
    if (!s.entries.empty())
        s.below = s.entries.front().number + 1;
    else if (s.rest)
        s.below = s.rest->number;
    else
        streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(at));
}

} // namespace homing::storage
