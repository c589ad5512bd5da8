// The dynamic hosts, as they are stored and with what is not stored yet: when they were last confirmed.
//
// Any thread may ask; only the writer's changes it, after a commit. A host is immutable once it is here: who asks keeps a pointer to it.
#pragma once

#include "storage/host_record.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace homing::update {

class host_book {
public:
    using pointer = std::shared_ptr<storage::host_record const>;

    explicit host_book(std::vector<storage::host_record> = {});

    /// By name, any case; null if unknown.
    pointer find(dns::name_view) const;
    bool empty() const;
    /// All, in canonical order of their names.
    std::vector<pointer> sorted() const;
    /// Those that keep an interface identifier.
    std::vector<pointer> with_suffix() const;
    /// At most so many whose lease has run out.
    std::vector<pointer> lapsing(std::int64_t now_ms, std::size_t most) const;
    /// At most so many of which the store does not have everything.
    std::vector<pointer> unsaved(std::size_t most) const;

    /// A new host, or another in the place of the one with its name. `is_saved`: the store has it.
    void put(pointer, bool is_saved);
    void remove(dns::name_view);

private:
    struct entry {
        pointer host;
        bool is_saved = true;
    };

    void forget(std::string const& key, entry const&);

    mutable std::mutex mutex_;                              // guards all
    std::unordered_map<std::string, entry> by_name_;        // of its octets in lower case
    std::set<std::pair<std::int64_t, std::string>> leases_; // when they run out
    std::set<std::string> with_suffix_, unsaved_;
};

} // namespace homing::update
