// The grants of one key, in an order in which those for a name are found without going through all of them.
//
// They are sorted by the labels of their `where` from the root, so that all that share a suffix stand together: a name is followed label by
// label into ever smaller ranges, at each label into that of the label itself and that of the grants that take any label there. The work
// depends on the labels of the name and on how many grants branch off by `*`, not on how many there are.
//
// Immutable; any thread.
#pragma once

#include "storage/key_record.hpp"

#include <span>
#include <vector>

namespace homing::update {

/// The n-th label of a name counted from the root, 0 being the one just below it. Precondition: n < label_count().
inline std::span<std::uint8_t const> label_from_root(dns::name_view name, std::size_t n) noexcept
{
    return name.suffix(n + 1).first_label();
}

class grant_set {
public:
    grant_set() = default;
    explicit grant_set(std::vector<storage::grant>);

    std::size_t size() const noexcept { return grants_.size(); }
    bool empty() const noexcept { return grants_.empty(); }
    /// In the order of their numbers.
    std::vector<storage::grant> by_number() const;

    /// Calls f with each grant whose `where` is this name or one above it, until f returns true; then true.
    template <class F>
    bool any_above(dns::name_view name, F&& f) const
    {
        auto const no = [](auto const&) { return false; };
        return descend({0, grants_.size()}, 0, name, name.label_count(), f, no);
    }

    /// The same, and then with those whose `where` is below this name, or may be.
    template <class F>
    bool any_above_or_below(dns::name_view name, F&& f) const
    {
        return descend({0, grants_.size()}, 0, name, name.label_count(), f, f);
    }

private:
    struct range {
        std::size_t first, last;
        bool empty() const noexcept { return first == last; }
    };

    bool is_at_depth(std::size_t i, std::size_t depth) const noexcept { return depths_[i] == depth; }
    /// Of a range whose grants share `depth` labels and have more: those that take any label next.
    range with_any(range, std::size_t depth) const noexcept;
    /// Those that want this label next, in any case.
    range with_label(range, std::size_t depth, std::span<std::uint8_t const> label) const noexcept;

    template <class Above, class Below>
    bool descend(range r, std::size_t depth, dns::name_view name, std::size_t labels, Above& above, Below& below) const
    {
        for (; !r.empty() && is_at_depth(r.first, depth); ++r.first)
            if (above(grants_[r.first]))
                return true;
        if (depth == labels) {
            for (; !r.empty(); ++r.first)
                if (below(grants_[r.first]))
                    return true;
            return false;
        }
        if (r.empty())
            return false;
        range const any = with_any(r, depth);
        return (!any.empty() && descend(any, depth + 1, name, labels, above, below)) ||
               descend_literally({any.last, r.last}, depth, name, labels, above, below);
    }

    template <class Above, class Below>
    bool descend_literally(range r, std::size_t depth, dns::name_view name, std::size_t labels, Above& above, Below& below) const
    {
        range const same = r.empty() ? r : with_label(r, depth, label_from_root(name, depth));
        return !same.empty() && descend(same, depth + 1, name, labels, above, below);
    }

    std::vector<storage::grant> grants_;
    std::vector<std::uint8_t> depths_; // labels of their `where`
};

} // namespace homing::update
