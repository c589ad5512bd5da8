#include "server/login_throttle.hpp"

#include <algorithm>

namespace homing::server {

namespace {

using namespace std::chrono_literals;

constexpr auto forgiven_after = 2min; // of calm
constexpr std::uint32_t free_for_client = 2, free_for_user = 10;
constexpr std::uint32_t most_doublings = 16;

std::uint64_t mix(std::uint64_t x) noexcept
{
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

} // namespace

login_throttle::slot* login_throttle::find(table& t, std::uint64_t key) noexcept
{
    std::size_t const first = mix(key ^ seed_) % (slots / ways) * ways;
    for (std::size_t i = first; i < first + ways; ++i)
        if (t[i].key == key && (t[i].failures != 0 || t[i].waiting != 0))
            return &t[i];
    return nullptr;
}

/// One that is not there takes the place of the one that has waited out its time the longest ago, of those whom nobody waits for.
login_throttle::slot& login_throttle::find_or_take(table& t, std::uint64_t key) noexcept
{
    if (slot* const there = find(t, key))
        return *there;
    std::size_t const first = mix(key ^ seed_) % (slots / ways) * ways;
    auto const by_use = [](slot const& a, slot const& b) {
        return (a.waiting != 0) != (b.waiting != 0) ? b.waiting != 0 : a.until < b.until;
    };
    slot& taken = *std::min_element(t.begin() + first, t.begin() + first + ways, by_use);
    taken = slot{};
    taken.key = key;
    return taken;
}

login_throttle::clock::duration login_throttle::begin(std::uint64_t client, std::uint64_t user, clock::time_point now) noexcept
{
    slot* const c = find(clients_, client);
    slot const* const u = find(users_, user);
    auto wait = clock::duration::zero();
    if (c != nullptr)
        wait = std::max(wait, c->until - now);
    if (u != nullptr)
        wait = std::max(wait, u->until - now);
    if (wait <= clock::duration::zero())
        return clock::duration::zero();
    slot& mine = c != nullptr ? *c : find_or_take(clients_, client);
    if (mine.waiting >= most_waiting)
        return clock::duration{-1};
    ++mine.waiting;
    return wait;
}

void login_throttle::fail(slot& s, std::uint32_t free, clock::duration first, clock::duration longest,
                          clock::time_point now) noexcept
{
    if (now - s.until > forgiven_after)
        s.failures = 0;
    ++s.failures;
    auto const doublings = s.failures > free ? std::min(s.failures - free - 1, most_doublings) : 0;
    auto const wait = s.failures > free ? std::min<clock::duration>(first * (1U << doublings), longest) : clock::duration::zero();
    s.until = std::max(s.until, now + wait);
}

void login_throttle::checked(std::uint64_t client, std::uint64_t user, bool was_right, clock::time_point now) noexcept
{
    if (slot* const c = find(clients_, client); c != nullptr && c->waiting != 0)
        --c->waiting;
    if (was_right)
        return;
    fail(find_or_take(clients_, client), free_for_client, 250ms, 8s, now);
    fail(find_or_take(users_, user), free_for_user, 100ms, 2s, now);
}

} // namespace homing::server
