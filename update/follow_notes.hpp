// What one batch makes of the followed zones: over the book, which learns of it when the batch is stored.
//
// The writer's thread alone.
#pragma once

#include "storage/store.hpp"
#include "update/follow_book.hpp"

namespace homing::update {

class follow_notes {
public:
    /// The book outlives this.
    explicit follow_notes(follow_book const& book) : book_{book} {}

    /// As this batch has left it so far; null if the zone is not followed.
    follow_book::pointer find(std::string const& apex) const;
    void put(storage::follow_record);
    void remove(std::string const& apex);

    bool must_be_stored() const noexcept { return !notes_.empty(); }
    /// Takes back what was noted since: a place is what `here` gave.
    std::size_t here() const noexcept { return before_.size(); }
    void rewind(std::size_t place);

    /// Borrowed by the operations until they are committed.
    void append_to(std::vector<storage::operation>&) const;
    /// The store has it.
    void apply_to(follow_book&) const;

private:
    void set(std::string const& apex, follow_book::pointer);

    struct earlier {
        std::string apex;
        std::optional<follow_book::pointer> note;
    };

    follow_book const& book_;
    std::unordered_map<std::string, follow_book::pointer> notes_; // null: removed
    std::vector<earlier> before_;                                 // what each `set` replaced
};

} // namespace homing::update
