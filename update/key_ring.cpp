#include "update/key_ring.hpp"

#include "zone/name_hash.hpp"

#include <algorithm>
#include <bit>

namespace homing::update {

namespace {

// Keys are named by the operator, so nobody can choose names that collide.
std::size_t first_slot(dns::name_view key_name, std::size_t slots) noexcept
{
    return static_cast<std::size_t>(zone::hash_name(0, key_name)) & (slots - 1);
}

granted_key prepare(storage::key_record const& r)
{
    return {std::make_shared<dns::tsig_key const>(r.key_name, r.algorithm, r.secret), r.grants};
}

auto place_of(std::vector<granted_key> const& keys, dns::name_view key_name)
{
    auto const before = [](granted_key const& k, dns::name_view n) { return k.key->key_name().compare(n) < 0; };
    return std::lower_bound(keys.begin(), keys.end(), key_name, before);
}

bool stands_at(std::vector<granted_key> const& keys, std::vector<granted_key>::const_iterator at, dns::name_view key_name)
{
    return at != keys.end() && at->key->key_name() == key_name;
}

void put(std::vector<granted_key>& keys, granted_key k)
{
    auto const at = place_of(keys, k.key->key_name());
    if (stands_at(keys, at, k.key->key_name()))
        keys[static_cast<std::size_t>(at - keys.begin())] = std::move(k);
    else
        keys.insert(at, std::move(k));
}

std::vector<granted_key> sorted(std::vector<storage::key_record> const& records)
{
    std::vector<storage::key_record const*> order;
    for (auto const& r : records)
        order.push_back(&r);
    std::stable_sort(order.begin(), order.end(), [](auto a, auto b) { return a->key_name.view().compare(b->key_name) < 0; });
    std::vector<granted_key> keys;
    for (auto r : order)
        put(keys, prepare(*r));
    return keys;
}

} // namespace

bool granted_key::may_change(dns::name_view owner) const noexcept
{
    return std::any_of(grants.begin(), grants.end(),
                       [&](auto const& g) { return g.everything || owner.is_subdomain_of(g.where); });
}

bool granted_key::has_right_in(dns::name_view apex) const noexcept
{
    auto const meets = [&](storage::grant const& g) { return g.where.view().is_subdomain_of(apex); };
    return may_change(apex) || std::any_of(grants.begin(), grants.end(), meets);
}

key_ring::key_ring(std::vector<storage::key_record> const& records) : key_ring{sorted(records)} {}

key_ring::key_ring(std::vector<granted_key> sorted) : keys_{std::move(sorted)}, slots_(std::bit_ceil(keys_.size() * 2 + 2))
{
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        std::size_t at = first_slot(keys_[i].key->key_name(), slots_.size());
        while (slots_[at] != 0)
            at = (at + 1) & (slots_.size() - 1);
        slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

granted_key const* key_ring::find(dns::name_view key_name) const noexcept
{
    if (slots_.empty())
        return nullptr;
    for (std::size_t at = first_slot(key_name, slots_.size()); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1))
        if (granted_key const& k = keys_[slots_[at] - 1]; k.key->key_name() == key_name)
            return &k;
    return nullptr;
}

key_ring key_ring::with(storage::key_record const& record) const
{
    std::vector<granted_key> keys = keys_;
    put(keys, prepare(record));
    return key_ring{std::move(keys)};
}

key_ring key_ring::without(dns::name_view key_name) const
{
    std::vector<granted_key> keys = keys_;
    if (auto const at = place_of(keys, key_name); stands_at(keys, at, key_name))
        keys.erase(at);
    return key_ring{std::move(keys)};
}

} // namespace homing::update
