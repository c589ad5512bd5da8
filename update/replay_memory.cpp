#include "update/replay_memory.hpp"

#include <algorithm>
#include <cstring>

namespace homing::update {

namespace {

constexpr std::size_t mac_octets = 10; // RFC 8945 5.2.2.1: what is left of every MAC that is accepted

/// FNV-1a: it is stored, so it must stay the same.
std::uint64_t hash_of(dns::name_view n) noexcept
{
    std::uint64_t h = 0xcbf29ce484222325U;
    for (std::uint8_t const c : n.bytes())
        h = (h ^ c) * 0x100000001b3U;
    return h;
}

std::uint64_t key_of(storage::seen_update const& u) noexcept
{
    std::uint64_t hash = 0;
    std::memcpy(&hash, u.identity.data() + mac_octets, u.identity.size() - mac_octets);
    return hash;
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

std::size_t replay_memory::identity_hash::operator()(storage::seen_update::identity_type const& i) const noexcept
{
    std::size_t out = 0; // a MAC is as good as random
    std::memcpy(&out, i.data(), sizeof out);
    return out;
}

std::optional<dns::rcode> replay_memory::find(storage::seen_update const& u) const
{
    auto const at = known_.find(u.identity);
    return at != known_.end() ? std::optional{at->second} : std::nullopt;
}

bool replay_memory::is_before_memory(storage::seen_update const& u) const
{
    auto const at = forgotten_.find(key_of(u));
    return at != forgotten_.end() && u.time_signed <= at->second;
}

void replay_memory::remember(storage::seen_update const& u, std::uint64_t now)
{
    add(u, now);
    unsaved_.push_back(u);
    if (unsaved_.size() > capacity_)
        unsaved_.pop_front();
}

void replay_memory::restore(std::vector<storage::seen_update> const& stored, std::uint64_t now)
{
    for (auto const& u : stored)
        add(u, now);
}

void replay_memory::add(storage::seen_update const& u, std::uint64_t now)
{
    while (!in_order_.empty() && (in_order_.front().expires < now || in_order_.size() >= capacity_)) {
        auto const& oldest = in_order_.front();
        if (oldest.expires >= now) {
            auto& latest = forgotten_[key_of(oldest)];
            latest = std::max(latest, oldest.time_signed);
        }
        known_.erase(oldest.identity);
        in_order_.pop_front();
    }
    if (known_.emplace(u.identity, u.rcode).second)
        in_order_.push_back(u);
}

} // namespace homing::update
