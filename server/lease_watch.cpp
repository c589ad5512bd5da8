#include "server/lease_watch.hpp"

#include "server/log.hpp"

#include <fmt/format.h>

namespace homing::server {

namespace {

constexpr std::chrono::seconds between_looks{1};
constexpr int looks_between_saves = 60;
constexpr std::size_t lapsed_at_once = 64;
constexpr std::int64_t grace_s = 60 * 60;

std::int64_t now_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

storage::change_origin origin()
{
    return {"", "", "lease"};
}

void save(update::writer& writer)
{
    while (!writer.hosts().unsaved(1).empty())
        if (!writer.execute({update::save_hosts{}, origin()}).ok())
            return; // the next time
}

} // namespace

dns::result<void> lease_watch::start(server& whole)
{
    started_ms_ = now_ms();
    thread_ = std::thread{[this, &writer = whole.writer()] { run(writer); }};
    return {};
}

void lease_watch::stop()
{
    {
        std::lock_guard const lock{mutex_};
        is_stopping_ = true;
    }
    stopping_.notify_one();
    thread_.join();
}

void lease_watch::run(update::writer& writer)
{
    std::unique_lock lock{mutex_};
    for (int looks = 1; !stopping_.wait_for(lock, between_looks, [this] { return is_stopping_; }); ++looks) {
        lock.unlock();
        try {
            lapse(writer);
            if (looks % looks_between_saves == 0)
                save(writer);
        } catch (std::exception const& e) { // the next time
            log_error(e.what());
        }
        lock.lock();
    }
    lock.unlock();
    save(writer);
}

void lease_watch::lapse(update::writer& writer) const
{
    auto const now = now_ms();
    for (auto const& host : writer.hosts().lapsing(now, lapsed_at_once)) {
        if (now < started_ms_ + std::min(host->expire, grace_s) * 1000)
            continue;
        auto const done = writer.execute({update::lapse_host{host->name}, origin()});
        if (done.ok() && done.changed)
            log_info(fmt::format("host {} lapsed: no update for {} seconds", host->name.to_string(), host->expire));
        else if (!done.ok())
            log_warning(fmt::format("host {} could not lapse: {}", host->name.to_string(), done.reason));
    }
}

} // namespace homing::server
