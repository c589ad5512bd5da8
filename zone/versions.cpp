#include "zone/versions.hpp"

#include <algorithm>

namespace homing::zone {

// `inside`: 0 outside, else a version number: nothing that this version or a newer one consists of may be freed.
struct alignas(64) versions::reader::slot {
    std::atomic<std::uint64_t> inside{0};
    bool taken = true; // guarded by slots_mutex_
};

versions::versions(std::uint64_t seed) : seed_{seed}
{
    auto* const first = new snapshot;
    first->number_ = 1;
    first->seed_ = seed;
    current_ = first;
    number_ = 1;
}

versions::~versions()
{
    reclaim();
    snapshot const* const last = current_;
    last->for_each([&](zone_version const& z) { zone_version::release(pool_, &z); });
    last->zones_.dismantle([](zone_version const&) {},
                           [&](void const* branch, std::size_t bytes) { pool_.release(branch, bytes); });
    delete last;
}

versions::reader::reader(versions& v) : owner_{v}
{
    std::scoped_lock const lock{v.slots_mutex_};
    auto const free = std::ranges::find_if(v.slots_, [](auto const& s) { return !s->taken; });
    if (free != v.slots_.end()) {
        slot_ = free->get();
        slot_->taken = true;
    } else {
        v.slots_.push_back(std::make_unique<slot>());
        slot_ = v.slots_.back().get();
    }
}

versions::reader::~reader()
{
    leave();
    std::scoped_lock const lock{owner_.slots_mutex_};
    slot_->taken = false;
}

// Sequentially consistent on both sides: either the writer's look at the slot sees `inside`, or our load of current_ comes after the
// writer's store and sees the newer version, which needs nothing that the writer frees.
snapshot const& versions::reader::enter() noexcept
{
    slot_->inside.store(owner_.number_.load(std::memory_order_acquire), std::memory_order_seq_cst);
    return *owner_.current_.load(std::memory_order_seq_cst);
}

void versions::reader::leave() noexcept
{
    slot_->inside.store(0, std::memory_order_release);
}

std::uint64_t versions::reader::newest() const noexcept
{
    return owner_.number_.load(std::memory_order_relaxed);
}

snapshot const& versions::newest() const noexcept
{
    return *current_.load(std::memory_order_relaxed);
}

draft versions::begin()
{
    return {*this, newest()};
}

void versions::publish(draft&& d)
{
    auto next = std::make_unique<snapshot>(d.now_);
    snapshot const& old = newest();
    next->number_ = old.number() + 1;
    waiting_.push_back({old.number(), &old, {}});
    waiting_.back().retired = d.log_.commit();
    std::size_t retired = retired_.load(std::memory_order_relaxed);
    for (allocation const& a : waiting_.back().retired)
        retired += a.bytes;
    retired_.store(retired, std::memory_order_relaxed);
    d.owner_ = nullptr;
    std::uint64_t const number = next->number();
    current_.store(next.release(), std::memory_order_seq_cst);
    number_.store(number, std::memory_order_release);
    reclaim();
}

void versions::reclaim()
{
    std::uint64_t oldest = newest().number();
    {
        std::scoped_lock const lock{slots_mutex_};
        for (auto const& s : slots_)
            if (std::uint64_t const inside = s->inside.load(std::memory_order_seq_cst); inside != 0)
                oldest = std::min(oldest, inside);
    }
    // Only what is freed is gone through: a reader that stays, a slow transfer, may keep very much waiting.
    std::size_t retired = retired_.load(std::memory_order_relaxed);
    for (; !waiting_.empty() && waiting_.front().number < oldest; waiting_.pop_front()) {
        for (allocation const& a : waiting_.front().retired) {
            retired -= a.bytes;
            release(pool_, a);
        }
        delete waiting_.front().state;
    }
    retired_.store(retired, std::memory_order_relaxed);
}

versions::memory_use versions::memory() const noexcept
{
    return {pool_.in_use(), retired_.load(std::memory_order_relaxed)};
}

} // namespace homing::zone
