#include "zone/zone_version.hpp"

#include "zone/name_hash.hpp"
#include "zone/node_maker.hpp"

#include <algorithm>

namespace homing::zone {

node const* zone_version::find(std::uint64_t hash, std::span<std::uint8_t const> lower_relative) const noexcept
{
    return names_index_.find(hash, [&](node const& n) { return n.is_named(lower_relative); });
}

node const* zone_version::find(dns::name_view owner) const noexcept
{
    name_index<node>::probe p = probe(owner);
    while (!p.is_done())
        p.step();
    return finish(p, owner);
}

name_index<node>::probe zone_version::probe(dns::name_view owner) const noexcept
{
    std::uint8_t lowered[dns::max_name_size];
    dns::copy_lower(lowered, owner.data(), owner.size());
    return {names_index_, hash_labels(apex_hash_, {lowered, std::size_t{owner.size()} - apex_size_})};
}

node const* zone_version::finish(name_index<node>::probe const& p, dns::name_view owner) const noexcept
{
    return p.finish([&](node const& n) {
        auto const had = n.relative_name();
        return had.size() == owner.size() - apex_size_ && dns::equal_ignoring_case(had.data(), owner.data(), had.size());
    });
}

void zone_version::set_apex(node const* n) noexcept
{
    apex_node_ = n;
    denial_ = {};
    rrset_view const soa = n->find(dns::rr_type::soa);
    if (!soa)
        return;
    auto const fields = dns::read_soa(soa.front());
    serial_ = fields.serial;
    denial_.record = soa.records.data();
    denial_.numbers = soa.front().last(20).data();
    denial_.ttl = std::min(soa.ttl(), fields.minimum);
    denial_.is_within_zone = fields.mname.is_subdomain_of(apex()) && fields.rname.is_subdomain_of(apex());
    denial_.mname_size = static_cast<std::uint8_t>(fields.mname.size());
    if (denial_.is_within_zone) {
        denial_.mname_kept = static_cast<std::uint8_t>(fields.mname.size() - apex_size_);
        denial_.rname_kept = static_cast<std::uint8_t>(fields.rname.size() - apex_size_);
    }
}

void zone_version::count_name(node const& n, std::size_t depth, std::uint32_t change) noexcept
{
    if (n.has(node::has_dname) || (n.has(node::has_ns) && depth != 0))
        cuts_[slot_of(depth)] += change;
    if (n.is_wildcard())
        wildcards_[slot_of(depth)] += change;
}

void zone_version::release(pool& p, zone_version const* z) noexcept
{
    z->names_index_.dismantle([&](node const& n) { p.release(&n, node_maker::size_of(n)); },
                              [&](void const* branch, std::size_t bytes) { p.release(branch, bytes); });
    p.release(z->apex_name_, z->apex_size_);
    p.release(z, sizeof *z);
}

} // namespace homing::zone
