#include "server/worker_load.hpp"

#include <algorithm>
#include <utility>

namespace homing::server {

namespace {

using namespace std::chrono_literals;

constexpr worker_load::duration while_busy = 8ms;
// What was longer ago says nothing of now; and changes that come so rarely need not gather.
constexpr worker_load::duration moment = 50ms;
// The writer itself takes the rest where it shares a processor with a busy worker.
constexpr double busy_share = .75;

worker_load::duration read(clockid_t clock) noexcept
{
    timespec t{};
    ::clock_gettime(clock, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

} // namespace

worker_load::duration worker_load::patience(std::vector<duration> const& used, duration passed) noexcept
{
    if (used.empty() || passed <= duration::zero() || passed > moment)
        return duration::zero();
    auto const least = *std::ranges::min_element(used); // a worker with time to spare leaves its processor to the writer
    return static_cast<double>(least.count()) > busy_share * static_cast<double>(passed.count()) ? while_busy : duration::zero();
}

void worker_load::watch(std::vector<clockid_t> clocks)
{
    clocks_ = std::move(clocks);
    used_.resize(clocks_.size());
    since_.resize(clocks_.size());
    is_watching_.store(true, std::memory_order_release);
}

worker_load::duration worker_load::patience()
{
    if (!is_watching_.load(std::memory_order_acquire))
        return duration::zero();
    auto const now = read(CLOCK_MONOTONIC);
    auto const passed = now - std::exchange(last_, now);
    for (std::size_t i = 0; i < clocks_.size(); ++i) {
        auto const used = read(clocks_[i]);
        since_[i] = used - std::exchange(used_[i], used);
    }
    return patience(since_, passed);
}

} // namespace homing::server
