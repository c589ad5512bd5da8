#include "server/peer_progress.hpp"

#include "dns/serial.hpp"

#include <algorithm>

namespace homing::server {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_look{10}, longest_look{30'000}; // at its SOA; the pause doubles
constexpr seconds answer_time{2};                            // for a question for the SOA
constexpr milliseconds blocked_time{20}, silent_time{1000};  // an answer ends them
constexpr int looks_before_telling_again = 8;

} // namespace

void peer_progress::changed(std::string const& apex, std::uint32_t serial, time now, bool is_asked)
{
    auto at = zones_.find(apex);
    if (at == zones_.end()) {
        if (zones_.size() >= most_zones) {
            ++dropped_;
            return;
        }
        at = zones_.try_emplace(apex).first;
        at->second.since = now;
        at->second.last_notify = now - spacing;
        at->second.due = due_.end();
    }
    zone& z = at->second;
    if (!z.is_behind)
        z.since = now;
    z.is_asked = is_asked_ && is_asked;
    z.is_behind = z.is_asked;
    z.serial = serial;
    z.changed_since_sent = true;
    notify_again(at, now);
}

/// At once, or when the pause is over. What is on its way is not called back: its answer, or that there is none, leads on.
void peer_progress::notify_again(map::iterator at, time now)
{
    zone& z = at->second;
    bool const awaits_notify = z.in_flight && z.next == stage::notify;
    if (awaits_notify && z.last_notify + spacing > now)
        return; // `changed_since_sent` brings it here again
    set_in_flight(z, false);
    z.next = stage::notify;
    z.tries = 0;
    set_due(at, std::max(now, z.last_notify + spacing));
}

void peer_progress::removed(std::string const& apex)
{
    if (auto const at = zones_.find(apex); at != zones_.end())
        forget(at);
}

void peer_progress::forget(map::iterator at)
{
    set_in_flight(at->second, false);
    unschedule(at->second);
    zones_.erase(at);
}

void peer_progress::set_due(map::iterator at, time when)
{
    zone& z = at->second;
    unschedule(z);
    z.is_deadline = z.in_flight;
    z.due = (z.is_deadline ? deadlines_ : due_).emplace(when, &at->first);
}

void peer_progress::unschedule(zone& z)
{
    if (z.is_deadline)
        deadlines_.erase(z.due);
    else if (z.due != due_.end())
        due_.erase(z.due);
    z.is_deadline = false;
    z.due = due_.end();
}

void peer_progress::set_in_flight(zone& z, bool is) noexcept
{
    if (z.in_flight != is)
        in_flight_ += is ? 1 : static_cast<std::size_t>(-1);
    z.in_flight = is;
}

std::optional<peer_progress::time> peer_progress::next_time() const
{
    std::optional<time> next;
    if (!due_.empty())
        next = std::max(due_.begin()->first, blocked_until_);
    if (!deadlines_.empty() && (!next || deadlines_.begin()->first < *next))
        next = deadlines_.begin()->first;
    return next;
}

std::optional<peer_progress::question> peer_progress::next(time now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now)
        timed_out(zones_.find(*deadlines_.begin()->second), now);
    if (now < blocked_until_)
        return {};
    while (!due_.empty() && due_.begin()->first <= now) {
        auto const at = zones_.find(*due_.begin()->second);
        zone& z = at->second;
        if (z.next == stage::rest) {
            forget(at);
            continue;
        }
        if (!may_ask()) {
            blocked_until_ = now + (is_silent() ? silent_time : blocked_time); // there will be answers by then, or not
            return {};
        }
        set_in_flight(z, true);
        if (z.next == stage::ask) {
            set_due(at, now + answer_time);
            return question{peer_question::soa, at->first};
        }
        z.last_notify = now;
        z.changed_since_sent = false;
        ++notifies_;
        set_due(at, now + first_pause * (1U << std::min<unsigned>(z.tries, 6)));
        return question{peer_question::notify, at->first};
    }
    return {};
}

/// RFC 1996 3.6: again, until there is an answer or it was often enough.
void peer_progress::timed_out(map::iterator at, time now)
{
    zone& z = at->second;
    set_in_flight(z, false);
    ++unanswered_;
    ++silence_;
    ++z.tries;
    if (z.next == stage::notify && z.tries < most_notifies)
        return set_due(at, now);
    if (!z.is_asked)
        return forget(at);
    z.next = stage::ask;
    set_due(at, now + longest_look);
}

void peer_progress::answered(question const& q, peer_answer const& a, time now)
{
    ++answers_;
    silence_ = 0;
    last_heard_ = now;
    blocked_until_ = {};
    last_refusal_ = a.rcode != dns::rcode::noerror ? std::optional{a.rcode} : std::nullopt;
    auto const at = zones_.find(q.apex);
    if (at == zones_.end() || !at->second.in_flight)
        return;
    zone& z = at->second;
    bool const is_of_stage = (q.kind == peer_question::notify) == (z.next == stage::notify);
    if (!is_of_stage)
        return;
    set_in_flight(z, false);
    q.kind == peer_question::notify ? told(at, now) : is_there(at, a, now);
}

void peer_progress::not_sent(question const& q, time now)
{
    auto const at = zones_.find(q.apex);
    if (at == zones_.end() || !at->second.in_flight)
        return;
    set_in_flight(at->second, false);
    at->second.changed_since_sent |= q.kind == peer_question::notify;
    set_due(at, now);
    blocked_until_ = now + blocked_time;
}

void peer_progress::round_question_over(bool is_answered) noexcept
{
    --round_in_flight_;
    if (!is_answered)
        ++silence_;
}

void peer_progress::told(map::iterator at, time now)
{
    zone& z = at->second;
    z.tries = 0;
    if (z.changed_since_sent)
        return set_due(at, std::max(now, z.last_notify + spacing));
    z.next = z.is_asked ? stage::ask : stage::rest;
    set_due(at, z.is_asked ? now + first_look : z.last_notify + spacing);
}

void peer_progress::is_there(map::iterator at, peer_answer const& a, time now)
{
    zone& z = at->second;
    if (a.serial)
        z.serial_there = a.serial;
    if (a.serial && !dns::is_newer_serial(z.serial, *a.serial)) {
        z.is_behind = false;
        z.next = stage::rest;
        return set_due(at, std::max(now, z.last_notify + spacing));
    }
    if (++z.tries % looks_before_telling_again == 0) // perhaps the transfer failed there
        z.next = stage::notify;
    auto const pause = first_look * (1LL << std::min<unsigned>(z.tries, 12));
    set_due(at, now + std::min<milliseconds>(pause, longest_look));
}

void peer_progress::answered_in_round(std::string const& apex, peer_answer const& a, std::uint32_t serial, time now)
{
    ++answers_;
    silence_ = 0;
    last_heard_ = now;
    if (!a.serial || a.rcode != dns::rcode::noerror) {
        ++round_.absent;
        return;
    }
    if (!dns::is_newer_serial(serial, *a.serial)) {
        ++round_.same;
        return;
    }
    if (!zones_.contains(apex))
        changed(apex, serial, now);
    if (auto const at = zones_.find(apex); at != zones_.end())
        at->second.serial_there = a.serial;
}

peer_progress::summary peer_progress::state() const
{
    summary s;
    for (auto const& [apex, z] : zones_)
        if (z.is_behind) {
            ++s.behind;
            if (!s.behind_since || z.since < *s.behind_since)
                s.behind_since = z.since;
        }
    s.last_heard = last_heard_;
    s.last_round_end = last_round_end_;
    s.round = last_round_end_ ? last_round_ : round_;
    s.notifies = notifies_;
    s.answers = answers_;
    s.unanswered = unanswered_;
    s.dropped = dropped_;
    s.last_refusal = last_refusal_;
    return s;
}

std::vector<peer_progress::behind> peer_progress::behind_zones(std::size_t limit) const
{
    std::vector<behind> all;
    for (auto at = zones_.begin(); at != zones_.end() && all.size() < limit; ++at)
        if (at->second.is_behind)
            all.push_back({at->first, at->second.serial, at->second.serial_there, at->second.since});
    return all;
}

std::optional<peer_progress::behind> peer_progress::find(std::string const& apex) const
{
    auto const at = zones_.find(apex);
    if (at == zones_.end() || !at->second.is_behind)
        return {};
    return behind{at->first, at->second.serial, at->second.serial_there, at->second.since};
}

} // namespace homing::server
