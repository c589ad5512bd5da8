#include "zone/snapshot.hpp"

#include "zone/name_hash.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

auto same_apex(dns::name_view lower_name)
{
    return [lower_name](zone_version const& z) { return std::ranges::equal(z.apex().bytes(), lower_name.bytes()); };
}

} // namespace

zone_version const* snapshot::find(dns::name_view apex) const noexcept
{
    dns::name const lowered = dns::name{apex}.to_lower();
    return zones_.find(hash_name(seed_, lowered), same_apex(lowered));
}

zone_version const* snapshot::closest(dns::name_view name) const noexcept
{
    query_name q;
    q.assign(seed_, name);
    return closest(q, q.labels());
}

zone_version const* snapshot::closest(query_name const& q, std::size_t labels) const noexcept
{
    for (std::size_t n = deepest_apex(labels); n != no_depth; n = n != 0 ? deepest_apex(n - 1) : no_depth)
        if (zone_version const* const z = zones_.find(q.hash(n), same_apex(q.suffix(n))))
            return z;
    return nullptr;
}

std::size_t snapshot::deepest_apex(std::size_t labels) const noexcept
{
    std::size_t n = std::min(labels, deepest_);
    while (n != no_depth && zones_at_[n] == 0)
        --n;
    return n;
}

void snapshot::count_zone(std::size_t labels, int change) noexcept
{
    zones_at_[labels] += static_cast<std::uint32_t>(change);
    zone_count_ += static_cast<std::size_t>(change);
    for (deepest_ = dns::max_labels; deepest_ != 0 && zones_at_[deepest_] == 0;)
        --deepest_;
}

} // namespace homing::zone
