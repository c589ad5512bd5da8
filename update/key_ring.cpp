#include "update/key_ring.hpp"

#include "zone/name_hash.hpp"

#include <algorithm>

namespace homing::update {

namespace {

// Keys are named by the operator, so nobody can choose names that collide.
std::uint64_t hash_of(dns::name_view key_name) noexcept
{
    return zone::hash_name(0, key_name);
}

bool is_same(dns::tsig_key const& k, dns::tsig_algorithm algorithm, std::vector<std::uint8_t> const& secret)
{
    return k.algorithm() == algorithm && k.secret() == secret;
}

std::shared_ptr<dns::tsig_key const> prepare(dns::name_view key_name, dns::tsig_algorithm algorithm,
                                             std::vector<std::uint8_t> const& secret, granted_key const* before)
{
    if (before != nullptr)
        for (auto const& k : {before->key, before->retired})
            if (k != nullptr && is_same(*k, algorithm, secret))
                return k;
    return std::make_shared<dns::tsig_key const>(key_name, algorithm, secret);
}

/// The first entry with this hash or a greater one, then past those of other names.
template <class Group>
auto place_of(Group& group, std::uint64_t hash, dns::name_view key_name)
{
    auto at = std::lower_bound(group.begin(), group.end(), hash, [](auto const& e, std::uint64_t h) { return e.hash < h; });
    while (at != group.end() && at->hash == hash && at->key->key_name() != key_name)
        ++at;
    return at;
}

template <class Group, class Place>
bool stands_at(Group const& group, Place at, std::uint64_t hash)
{
    return at != group.end() && at->hash == hash;
}

} // namespace

granted_key::granted_key(storage::key_record const& r, granted_key const* before)
    : key{prepare(r.key_name, r.algorithm, r.secret, before)},
      secret_time{r.secret_time},
      expires{r.expires},
      is_disabled{r.is_disabled},
      grants_made{r.grants_made},
      grants{std::make_shared<grant_set const>(r.grants)},
      last_use{r.last_use}
{
    if (!r.retired)
        return;
    retired = prepare(r.key_name, r.retired->algorithm, r.retired->secret, before);
    retired_until = r.retired->until;
}

key_state granted_key::state(std::uint64_t now) const noexcept
{
    if (is_disabled)
        return key_state::disabled;
    return expires != 0 && now >= static_cast<std::uint64_t>(expires) ? key_state::expired : key_state::valid;
}

storage::key_record granted_key::bare_record() const
{
    storage::key_record r;
    r.key_name = key_name();
    r.algorithm = key->algorithm();
    r.secret = key->secret();
    r.grants_made = grants_made;
    r.secret_time = secret_time;
    if (retired != nullptr)
        r.retired = storage::retired_secret{retired->algorithm(), retired->secret(), retired_until};
    r.expires = expires;
    r.is_disabled = is_disabled;
    r.last_use = last_use;
    return r;
}

storage::key_record granted_key::record() const
{
    auto r = bare_record();
    r.grants = grants->by_number();
    return r;
}

key_ring::key_ring(std::vector<storage::key_record> const& records)
{
    std::array<group, std::tuple_size_v<decltype(groups_)>> made;
    for (auto const& r : records) {
        std::uint64_t const hash = hash_of(r.key_name);
        made[hash >> 56U].push_back({hash, std::make_shared<granted_key const>(r)});
    }
    for (std::size_t i = 0; i < made.size(); ++i) {
        group& g = made[i];
        std::stable_sort(g.begin(), g.end(), [](auto const& a, auto const& b) { return a.hash < b.hash; });
        group kept;
        for (auto const& e : g) {
            auto const at = place_of(kept, e.hash, e.key->key_name());
            if (stands_at(kept, at, e.hash))
                at->key = e.key;
            else
                kept.insert(at, e);
        }
        size_ += kept.size();
        if (!kept.empty())
            groups_[i] = std::make_shared<group const>(std::move(kept));
    }
}

granted_key const* key_ring::find(dns::name_view key_name) const noexcept
{
    std::uint64_t const hash = hash_of(key_name);
    group const* const g = find_group(hash);
    if (g == nullptr)
        return nullptr;
    auto const at = place_of(*g, hash, key_name);
    return stands_at(*g, at, hash) ? at->key.get() : nullptr;
}

std::vector<granted_key const*> key_ring::sorted() const
{
    std::vector<granted_key const*> all;
    for_each([&](granted_key const& k) { all.push_back(&k); });
    std::sort(all.begin(), all.end(), [](auto a, auto b) { return a->key_name().compare(b->key_name()) < 0; });
    return all;
}

void key_ring::put(granted_key k)
{
    std::uint64_t const hash = hash_of(k.key_name());
    auto& place = group_of(hash);
    group next = place != nullptr ? *place : group{};
    auto const at = place_of(next, hash, k.key_name());
    auto made = std::make_shared<granted_key const>(std::move(k));
    if (stands_at(next, at, hash)) {
        at->key = std::move(made);
    } else {
        next.insert(at, {hash, std::move(made)});
        ++size_;
    }
    place = std::make_shared<group const>(std::move(next));
}

key_ring key_ring::with(storage::key_record const& record) const
{
    return with(granted_key{record});
}

key_ring key_ring::with(granted_key k) const
{
    key_ring next = *this;
    next.put(std::move(k));
    return next;
}

key_ring key_ring::without(dns::name_view key_name) const
{
    key_ring next = *this;
    std::uint64_t const hash = hash_of(key_name);
    auto& place = next.group_of(hash);
    if (place == nullptr)
        return next;
    group rest = *place;
    auto const at = place_of(rest, hash, key_name);
    if (!stands_at(rest, at, hash))
        return next;
    rest.erase(at);
    --next.size_;
    place = rest.empty() ? nullptr : std::make_shared<group const>(std::move(rest));
    return next;
}

} // namespace homing::update
