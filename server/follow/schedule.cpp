#include "server/follow/schedule.hpp"

#include <algorithm>
#include <utility>

namespace homing::server {

schedule::task& schedule::put(std::string const& apex, std::string const& from, clock::time_point due)
{
    auto& place = tasks_[apex];
    bool const is_new = place == nullptr;
    if (is_new) {
        place = std::make_unique<task>();
        place->apex = apex;
    }
    task& t = *place;
    if (t.from == nullptr || t.from->name != from) {
        bool const was_ready = t.is_ready;
        if (was_ready)
            take_out(t);
        auto& at = sources_[from];
        if (at == nullptr) {
            at = std::make_unique<source>();
            at->name = from;
        }
        ++at->tasks;
        if (t.is_running && t.from != nullptr) { // it counts where it began until it is through
            --t.from->running;
            ++at->running;
        }
        source* const old = std::exchange(t.from, at.get());
        if (old != nullptr)
            leave(*old);
        if (was_ready)
            make_ready(t);
    }
    if (is_new)
        wait(t, due);
    return t;
}

void schedule::remove(std::string const& apex)
{
    auto const at = tasks_.find(apex);
    if (at == tasks_.end())
        return;
    task& t = *at->second;
    if (t.is_running) {
        t.is_gone = true;
        return;
    }
    take_out(t);
    leave(*t.from);
    tasks_.erase(at);
}

/// A task of it is gone.
void schedule::leave(source& s)
{
    if (--s.tasks != 0 || s.running != 0)
        return;
    if (s.is_in_turn)
        turn_.remove(&s);
    sources_.erase(std::string{s.name});
}

schedule::task* schedule::find(std::string const& apex)
{
    auto const at = tasks_.find(apex);
    return at != tasks_.end() && !at->second->is_gone ? at->second.get() : nullptr;
}

void schedule::wait(task& t, clock::time_point due)
{
    t.due = due;
    t.is_waiting = true;
    waiting_.emplace(due, &t);
}

void schedule::take_out(task& t)
{
    if (std::exchange(t.is_waiting, false))
        waiting_.erase({t.due, &t});
    if (std::exchange(t.is_ready, false))
        std::erase(t.from->ready, &t);
}

void schedule::make_ready(task& t)
{
    t.is_ready = true;
    t.from->ready.push_back(&t);
    if (!std::exchange(t.from->is_in_turn, true))
        turn_.push_back(t.from);
}

void schedule::hurry(task& t, std::string notifier, clock::time_point now)
{
    if (!notifier.empty())
        t.notifier = std::move(notifier);
    if (t.is_running) {
        t.is_hurried = true;
    } else if (t.is_waiting && t.not_before > now) {
        auto const due = std::min(t.due, t.not_before);
        take_out(t);
        wait(t, due);
    } else if (t.is_waiting) {
        take_out(t);
        make_ready(t);
    }
}

void schedule::advance(clock::time_point now)
{
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        task& t = *waiting_.begin()->second;
        take_out(t);
        make_ready(t);
    }
}

std::optional<schedule::clock::time_point> schedule::next_due() const
{
    return waiting_.empty() ? std::nullopt : std::optional{waiting_.begin()->first};
}

std::size_t schedule::limit_of(source const& s) const noexcept
{
    return s.is_failing ? limits_.of_failing_source : limits_.of_source;
}

schedule::task* schedule::next()
{
    if (running_ >= limits_.at_once)
        return nullptr;
    for (std::size_t left = turn_.size(); left != 0; --left) {
        source& s = *turn_.front();
        turn_.pop_front();
        if (s.ready.empty()) {
            s.is_in_turn = false;
            continue;
        }
        turn_.push_back(&s);
        if (s.running >= limit_of(s))
            continue;
        task& t = *s.ready.front();
        s.ready.pop_front();
        t.is_ready = false;
        t.is_running = true;
        t.is_hurried = false;
        ++s.running;
        ++running_;
        return &t;
    }
    return nullptr;
}

void schedule::finished(task& t, clock::time_point due, bool is_answered, clock::time_point now)
{
    source& s = *t.from;
    t.is_running = false;
    --s.running;
    --running_;
    s.is_failing = !is_answered;
    if (t.is_gone) {
        leave(s);
        tasks_.erase(std::string{t.apex});
    } else if (std::exchange(t.is_hurried, false)) {
        if (t.not_before > now)
            wait(t, t.not_before);
        else
            make_ready(t);
    } else {
        wait(t, due);
    }
}

} // namespace homing::server
