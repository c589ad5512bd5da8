#include "update/grant_set.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using label = std::span<std::uint8_t const>;

/// Any order will do that tells labels apart without regard to case.
int compare(label a, label b) noexcept
{
    if (a.size() != b.size())
        return a.size() < b.size() ? -1 : 1;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (int const d = dns::lower(a[i]) - dns::lower(b[i]); d != 0)
            return d;
    return 0;
}

/// The label of the grant at this depth: those that take any label come before the others.
int compare_at(storage::grant const& a, storage::grant const& b, std::size_t depth) noexcept
{
    if (a.any[depth] || b.any[depth])
        return int{b.any[depth]} - int{a.any[depth]};
    return compare(label_from_root(a.where, depth), label_from_root(b.where, depth));
}

bool is_before(storage::grant const& a, storage::grant const& b) noexcept
{
    std::size_t const of_a = a.where.view().label_count(), of_b = b.where.view().label_count();
    for (std::size_t depth = 0; depth < std::min(of_a, of_b); ++depth)
        if (int const order = compare_at(a, b, depth); order != 0)
            return order < 0;
    return of_a != of_b ? of_a < of_b : a.number < b.number;
}

} // namespace

grant_set::grant_set(std::vector<storage::grant> grants) : grants_{std::move(grants)}
{
    std::sort(grants_.begin(), grants_.end(), is_before);
    for (auto const& g : grants_)
        depths_.push_back(static_cast<std::uint8_t>(g.where.view().label_count()));
}

std::vector<storage::grant> grant_set::by_number() const
{
    auto out = grants_;
    std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.number < b.number; });
    return out;
}

grant_set::range grant_set::with_any(range r, std::size_t depth) const noexcept
{
    auto const from = grants_.begin() + static_cast<std::ptrdiff_t>(r.first);
    auto const to = grants_.begin() + static_cast<std::ptrdiff_t>(r.last);
    auto const end = std::partition_point(from, to, [&](auto const& g) { return g.any[depth]; });
    return {r.first, static_cast<std::size_t>(end - grants_.begin())};
}

grant_set::range grant_set::with_label(range r, std::size_t depth, label wanted) const noexcept
{
    auto const from = grants_.begin() + static_cast<std::ptrdiff_t>(r.first);
    auto const to = grants_.begin() + static_cast<std::ptrdiff_t>(r.last);
    auto const order = [&](storage::grant const& g) { return compare(label_from_root(g.where, depth), wanted); };
    auto const begin = std::partition_point(from, to, [&](auto const& g) { return order(g) < 0; });
    auto const end = std::partition_point(begin, to, [&](auto const& g) { return order(g) == 0; });
    return {static_cast<std::size_t>(begin - grants_.begin()), static_cast<std::size_t>(end - grants_.begin())};
}

} // namespace homing::update
