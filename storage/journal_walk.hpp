// Back through the journal, newest entry first, over several zones at once.
//
// Reads a page at a time and keeps one page of each zone whose entries it is among, so memory does not grow with the journal. One
// thread at a time.
#pragma once

#include "storage/journal_source.hpp"

#include <deque>
#include <functional>

namespace homing::storage {

class journal_walk {
public:
    /// Asked before each page; false ends the walk.
    using wish = std::function<bool()>;

    /// `goes_on`: see above. The source is borrowed.
    explicit journal_walk(
        journal_source& source, wish goes_on = [] { return true; })
        : source_{source}, goes_on_{std::move(goes_on)}
    {
    }

    /// The entries of all zones, or of one, are part of the walk. Before the first `next`.
    void add(journal_filter);
    void add(journal_zone const&, journal_filter);

    /// The next older entry; nothing at the end.
    dns::result<std::optional<journal_entry>> next();
    /// Nothing more will come. False does not mean that something will.
    bool has_ended() const noexcept { return streams_.empty(); }

private:
    struct stream {
        std::optional<std::int64_t> zone;
        journal_filter filter;
        std::int64_t below; ///< all that is to come has lower numbers
        std::deque<journal_entry> entries = {};
        std::optional<journal_place> rest = journal_place{};
    };

    dns::result<void> read_page(stream&);
    void settle(std::size_t at);

    journal_source& source_;
    wish goes_on_;
    std::vector<stream> streams_;
};

} // namespace homing::storage
