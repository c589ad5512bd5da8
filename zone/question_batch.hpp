// Looks up many questions at once, so that their cache misses overlap instead of following each other.
//
// In a zone of a million names a look-up waits for memory three or four times; 64 of them side by side wait hardly longer than one. The
// results are those of single look-ups. No allocation; one thread, which holds the version until it is through with the results.
#pragma once

#include "zone/answer.hpp"
#include "zone/side_by_side.hpp"
#include "zone/snapshot.hpp"

#include <array>

namespace homing::zone {

/// A question, and the zone that is asked.
struct question {
    query_name name;
    dns::rr_type type = dns::rr_type::none;
    zone_version const* zone = nullptr; ///< found: the closest one, for DS that above a cut; null: none of ours
};

/// One question at a time: sets its zone, and looks up the name if there is one.
lookup_result look_up(snapshot const&, question&) noexcept;

class question_batch {
public:
    static constexpr std::size_t capacity = 64;

    void clear() noexcept { count_ = 0; }
    /// The next question: to be filled in, then kept or not. Precondition: size() < capacity.
    question& next() noexcept { return questions_[count_]; }
    void keep() noexcept { ++count_; }
    std::size_t size() const noexcept { return count_; }

    /// Looks up all of them, and the names that their answers will need next.
    void look_up(snapshot const&) noexcept;

    /// After that: the question, what was found (if it has a zone), and the nodes of names that the answer leads to.
    question& operator[](std::size_t i) noexcept { return questions_[i]; }
    lookup_result const& found(std::size_t i) const noexcept { return searches_[i].result(); }
    std::span<known_name const> ahead(std::size_t i) const noexcept
    {
        return std::span{known_}.subspan(ahead_from_[i], ahead_from_[i + 1] - ahead_from_[i]);
    }

private:
    static constexpr std::size_t ahead_capacity = most_side_by_side;
    struct target {
        dns::name_view name;
        zone_version const* zone;
    };

    void find_zones(snapshot const&) noexcept;
    void look_ahead() noexcept;
    void collect_targets(std::size_t i) noexcept;

    std::size_t count_ = 0, ahead_count_ = 0;
    std::array<question, capacity> questions_;
    std::array<search, capacity> searches_;
    std::array<name_index<zone_version>::probe, capacity> zone_probes_;
    std::array<std::size_t, capacity> apex_labels_; // of the deepest apex that the name may be below; snapshot::no_depth: none
    // The names that answers lead to, question after question.
    std::array<std::uint8_t, capacity + 1> ahead_from_;
    std::array<target, ahead_capacity> targets_;
    std::array<name_index<node>::probe, ahead_capacity> target_probes_;
    std::array<known_name, ahead_capacity> known_;
};

} // namespace homing::zone
