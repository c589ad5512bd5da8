// The zones that are followed, as they are stored, and how following them goes.
//
// Any thread may ask; only the writer's changes which they are, after a commit, and only the follower's how it goes. A record is immutable once it is
// here: who asks keeps a pointer to it.
#pragma once

#include "storage/follow_record.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace homing::update {

/// How following a zone goes, as its follower last said.
struct follow_progress {
    std::int64_t next_ms = 0; ///< when its primaries are asked next, since 1970; 0: not known
    std::int64_t refreshed_ms = 0, expires_ms = 0; ///< newer than the record's, or 0
    std::uint32_t failures = 0; ///< in a row
    std::string error;          ///< of the last one; empty if the last attempt was none
};

class follow_book {
public:
    using pointer = std::shared_ptr<storage::follow_record const>;
    struct entry {
        pointer record;
        follow_progress progress;
    };

    explicit follow_book(std::vector<storage::follow_record> = {});

    // By the octets of the apex.
    pointer find(std::string const& apex) const;
    std::optional<entry> look_up(std::string const& apex) const;
    std::size_t size() const;
    std::vector<pointer> all() const;
    /// Calls f(pointer const&, follow_progress const&) for each, in no order; no other function of the book meanwhile.
    template <class F>
    void for_each(F&& f) const
    {
        std::lock_guard const lock{mutex_};
        for (auto const& [apex, e] : by_apex_)
            f(e.record, e.progress);
    }

    /// The member of a catalog zone by its label; null if there is none.
    pointer member(std::string const& catalog, std::string const& label) const;
    /// Labels of the members of a catalog zone.
    std::vector<std::string> labels(std::string const& catalog) const;
    std::size_t member_count(std::string const& catalog) const;

    /// The writer's thread; null: it is not followed any more.
    void put(std::string const& apex, pointer);
    /// Called on the writer's thread with the apexes of zones of which the record was put or removed, once for a commit. Set before the writer
    /// starts, or by whoever may wait for it.
    void observe(std::function<void(std::vector<std::string>)>);
    void tell(std::vector<std::string> apexes) const;

    /// The follower's thread.
    void note(std::string const& apex, follow_progress);

private:
    void leave_catalog(storage::follow_record const&);

    mutable std::mutex mutex_; // guards all
    std::unordered_map<std::string, entry> by_apex_;
    std::unordered_map<std::string, std::unordered_map<std::string, std::string>> members_; // catalog -> label -> apex
    std::function<void(std::vector<std::string>)> observer_;
};

} // namespace homing::update
