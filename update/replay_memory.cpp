#include "update/replay_memory.hpp"

#include <algorithm>
#include <cstring>

namespace homing::update {

namespace {

using key_type = storage::seen_update::key_type;

constexpr std::size_t mac_octets = 10; // RFC 8945 5.2.2.1: what is left of every MAC that is accepted

// Those that expired are forgotten so many together, because each time costs the store a row of what is left of them.
constexpr std::size_t expired_together = 64;

/// FNV-1a: it is stored, so it must stay the same.
std::uint64_t hash_of(dns::name_view n) noexcept
{
    std::uint64_t h = 0xcbf29ce484222325U;
    for (std::uint8_t const c : n.bytes())
        h = (h ^ c) * 0x100000001b3U;
    return h;
}

key_type key_of(storage::seen_update const& u) noexcept
{
    static_assert(mac_octets + std::tuple_size_v<key_type> == std::tuple_size_v<storage::seen_update::identity_type>);
    key_type key;
    std::copy(u.identity.begin() + mac_octets, u.identity.end(), key.begin());
    return key;
}

} // namespace

storage::seen_update identify(dns::tsig_view const& t)
{
    storage::seen_update out;
    std::copy_n(t.mac.begin(), std::min(mac_octets, t.mac.size()), out.identity.begin());
    dns::name const key = t.key_name.to_lower();
    std::uint64_t const key_hash = hash_of(key);
    std::memcpy(out.identity.data() + mac_octets, &key_hash, out.identity.size() - mac_octets);
    out.time_signed = t.time_signed;
    out.expires = t.time_signed + t.fudge;
    return out;
}

std::size_t identity_hash::operator()(storage::seen_update::identity_type const& i) const noexcept
{
    std::size_t out = 0; // a MAC is as good as random
    std::memcpy(&out, i.data(), sizeof out);
    return out;
}

void replay_memory::restore(storage::update_memory const& stored)
{
    for (auto const& f : stored.forgotten)
        forgotten_[f.key] = f;
    for (auto const& u : stored.seen)
        add(u);
}

std::optional<dns::rcode> replay_memory::find(storage::seen_update const& u) const
{
    auto const at = known_.find(u.identity);
    return at != known_.end() ? std::optional{at->second} : std::nullopt;
}

// The second condition does not only speak of a clock that was set back: what waited for the writer may have expired meanwhile.
bool replay_memory::is_before_memory(storage::seen_update const& u) const
{
    auto const at = forgotten_.find(key_of(u));
    return at != forgotten_.end() && (u.time_signed <= at->second.signed_until || u.expires <= at->second.expired_until);
}

void replay_memory::make_room(std::size_t more, std::uint64_t now)
{
    while (!in_order_.empty() && in_order_.size() + more > capacity_)
        forget_oldest(now);
    if (in_order_.size() < expired_together || in_order_[expired_together - 1].expires >= now)
        return;
    for (std::size_t most = expired_together + more; most > 0 && !in_order_.empty() && in_order_.front().expires < now; --most)
        forget_oldest(now);
}

void replay_memory::forget_oldest(std::uint64_t now)
{
    auto const& oldest = in_order_.front();
    key_type const key = key_of(oldest);
    auto& left = forgotten_[key];
    left.key = key;
    if (oldest.expires < now)
        left.expired_until = std::max(left.expired_until, oldest.expires);
    else
        left.signed_until = std::max(left.signed_until, oldest.time_signed);
    unsaved_.insert(key);
    known_.erase(oldest.identity);
    in_order_.pop_front();
}

std::vector<storage::forgotten_updates> replay_memory::unsaved() const
{
    std::vector<storage::forgotten_updates> out;
    for (auto const& key : unsaved_)
        out.push_back(forgotten_.at(key));
    return out;
}

void replay_memory::remember(std::vector<storage::seen_update> const& stored)
{
    for (auto const& u : stored)
        add(u);
    unsaved_.clear();
}

void replay_memory::add(storage::seen_update const& u)
{
    if (known_.emplace(u.identity, u.rcode).second)
        in_order_.push_back(u);
    next_number_ = u.number + 1;
}

} // namespace homing::update
