#include "zone/zone_version.hpp"

#include "zone/name_hash.hpp"
#include "zone/node_maker.hpp"

#include <algorithm>

namespace homing::zone {

node const* zone_version::find(std::uint64_t hash, std::span<std::uint8_t const> lower_relative) const noexcept
{
    return names_index_.find(hash, [&](node const& n) { return std::ranges::equal(n.relative_name(), lower_relative); });
}

node const* zone_version::find(dns::name_view owner) const noexcept
{
    dns::name const lowered = dns::name{owner}.to_lower();
    std::span<std::uint8_t const> const relative{lowered.data(), lowered.size() - apex_size_};
    return find(hash_labels(apex_hash_, relative), relative);
}

void zone_version::count_cut(node const& n, std::size_t depth, std::uint32_t change) noexcept
{
    if (n.has(node::has_dname) || (n.has(node::has_ns) && depth != 0))
        cuts_[cut_slot(depth)] += change;
}

void zone_version::release(pool& p, zone_version const* z) noexcept
{
    z->names_index_.dismantle([&](node const& n) { p.release(&n, node_maker::size_of(n)); },
                              [&](void const* branch, std::size_t bytes) { p.release(branch, bytes); });
    p.release(z->apex_name_, z->apex_size_);
    p.release(z, sizeof *z);
}

} // namespace homing::zone
