#include "server/recent_load.hpp"

#include <algorithm>

namespace homing::server {

namespace {

/// Counts that are put together while others go on may be a few behind those before them.
double growth(std::uint64_t before, std::uint64_t now)
{
    return now > before ? static_cast<double>(now - before) : 0;
}

} // namespace

void recent_load::note(counts c, clock::time_point at)
{
    std::lock_guard const lock{mutex_};
    samples_[noted_++ % samples_.size()] = {c, at};
}

recent_load::rates recent_load::over(std::chrono::seconds period, counts now, clock::time_point at) const
{
    std::lock_guard const lock{mutex_};
    std::size_t const kept = std::min(noted_, samples_.size());
    sample const* before = &samples_[(noted_ - 1) % samples_.size()];
    for (std::size_t back = 2; back <= kept && at - before->at < period; ++back)
        before = &samples_[(noted_ - back) % samples_.size()];
    double const passed = std::chrono::duration<double>(at - before->at).count();
    if (passed <= 0)
        return {};
    return {growth(before->count.queries, now.queries) / passed, growth(before->count.updates, now.updates) / passed};
}

} // namespace homing::server
