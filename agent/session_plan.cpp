// What there is to be told, and what begins.
#include "agent/session.hpp"

#include <algorithm>

namespace homing::agent {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t place(session::lane l) noexcept
{
    return static_cast<std::size_t>(l);
}

session::lane asking_lane(address_family f) noexcept
{
    return f == address_family::ipv4 ? session::lane::ask_ipv4 : session::lane::ask_ipv6;
}

bool is_due(std::vector<instant> const& times, instant now) noexcept
{
    return !times.empty() && times.front() <= now;
}

void drop_past(std::vector<instant>& times, instant now)
{
    std::erase_if(times, [now](instant t) { return t <= now; });
}

bool has_same_addresses(std::vector<own_address> const& a, std::vector<own_address> const& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](own_address const& x, own_address const& y) {
        return x.interface == y.interface && x.address == y.address;
    });
}

/// After the network changed, a router may still be about to get its address.
constexpr instant later_questions[] = {2s, 8s};
constexpr instant least_between_questions = 50ms, least_before_restart = 200ms;
/// When an update whose fate is not known can no longer be executed, and soon.
constexpr instant look_ups_after_doubt[] = {5s, 310s};

} // namespace

// ---- what there is to be told

session::goal session::goal_of(address_family f, instant now) const noexcept
{
    auto const& state = of(f);
    if (!is_wanted(f))
        return {};
    if (state.own)
        return goal{state.own};
    if (settings_.removes_lost && state.is_known && state.lost_at && now >= *state.lost_at + lost_after)
        return goal{std::optional<ip_address>{}};
    return {};
}

bool session::is_settled(address_family f, instant now) const noexcept
{
    auto const wanted = goal_of(f, now);
    auto const& served = of(f).served;
    if (!wanted)
        return true;
    return served && (*wanted ? served->size() == 1 && served->front() == **wanted : served->empty());
}

std::vector<replacement> session::to_tell(instant now) const
{
    std::vector<replacement> told;
    for (auto const f : families) {
        auto const wanted = goal_of(f, now);
        if (wanted && (!is_settled(f, now) || (*wanted && is_refresh_due(now))))
            told.push_back({f, *wanted});
    }
    return told;
}

void session::choose_own(address_family f, instant now)
{
    auto const& state = of(f);
    address_set told = state.served.value_or(address_set{});
    if (told.empty() && state.own)
        told.push_back(*state.own);
    set_own(f, choose(state.usable, f, settings_.rules, told), now);
}

void session::set_own(address_family f, std::optional<ip_address> address, instant now)
{
    auto& state = of(f);
    if (state.is_known && state.own == address)
        return;
    if (address)
        state.lost_at.reset();
    else if (!state.lost_at)
        state.lost_at = now;
    state.own = address;
    state.is_known = true;
    hurry(now);
}

// ---- what happens

void session::addresses(std::vector<own_address> usable, unsigned interface, moment at)
{
    settings_.rules.interface = interface;
    if (!settings_.interface.empty() && interface == 0)
        usable.clear();
    bool const is_same = has_same_addresses(usable, of(address_family::ipv4).usable);
    for (auto const f : families) {
        of(f).usable = usable;
        if (!settings_.asks)
            choose_own(f, at.now);
    }
    if (settings_.asks && !is_same && begun_)
        network_changed(at);
}

void session::network_changed(moment at)
{
    hurry(at.now);
    auto& main = lanes_[place(lane::main)];
    if (main && at.now - tasks_[place(lane::main)].begun >= least_before_restart) {
        note_sent(lane::main);
        main.reset(); // what it sent went nowhere, and its next attempt may be seconds away
    }
    for (auto const f : families) {
        if (!settings_.asks || !is_wanted(f))
            continue;
        auto const l = place(asking_lane(f));
        bool const is_new = lanes_[l] && at.now - tasks_[l].begun < least_between_questions;
        if (!is_new)
            lanes_[l].reset(); // it may have gone the old way
        auto& questions = of(f).questions;
        questions.assign({at.now + (is_new ? least_between_questions : instant{})});
        for (auto const later : later_questions)
            questions.push_back(at.now + later);
        questions.push_back(at.now + settings_.interval);
        std::sort(questions.begin(), questions.end());
    }
}

/// News: what failed may be tried again at once. Refusals are not forgotten.
void session::hurry(instant now) noexcept
{
    failures_ = 0;
    if (!not_before_)
        return;
    if (last_refusal_)
        not_before_ = std::min(*not_before_, std::max(now, *last_refusal_ + least_after_refusal));
    else
        not_before_.reset();
}

// ---- what begins

void session::start(moment at)
{
    begun_ = at.now;
    for (auto const f : families)
        if (settings_.asks)
            of(f).questions.assign({at.now});
    if (settings_.refresh == 0s)
        return;
    auto const confirmed = std::min(confirmed_before_.value_or(0), at.unix_time);
    auto const age = std::chrono::seconds{at.unix_time - confirmed};
    refresh_at_ = at.now + (confirmed_before_ && age < settings_.refresh ? settings_.refresh - age : 0s);
}

void session::advance(moment at)
{
    if (!begun_)
        start(at);
    advanced_ = at.now;
    take_results(at);
    drop_overtaken(at.now);
    for (auto const f : families)
        begin_asking(f, at);
    begin_main(at);
    note_once(at.now);
}

void session::begin(lane l, request what, std::vector<endpoint> servers, task by)
{
    auto key = what.mac.empty() ? nullptr : settings_.key;
    lanes_[place(l)].emplace(running{exchange{std::move(what), std::move(key), std::move(servers), random_}, ++next_number_});
    tasks_[place(l)] = std::move(by);
}

void session::begin_asking(address_family f, moment at)
{
    auto& state = of(f);
    auto const l = asking_lane(f);
    if (!settings_.asks || !is_wanted(f) || in(l) != nullptr || search_.servers().empty() || !is_due(state.questions, at.now))
        return;
    drop_past(state.questions, at.now);
    if (state.questions.empty())
        state.questions.push_back(at.now + settings_.interval);
    std::vector<endpoint> servers;
    for (auto const& s : search_.servers())
        if (s.address.family() == f)
            servers.push_back(s);
    if (servers.empty())
        return set_own(f, {}, at.now); // nobody to ask
    auto const id = static_cast<std::uint16_t>(random_());
    begin(l, make_whoami(id, f, *settings_.key, time_at(at)), std::move(servers), {purpose::ask, f, {}, at.now});
}

void session::begin_main(moment at)
{
    bool const has_goal = goal_of(address_family::ipv4, at.now) || goal_of(address_family::ipv6, at.now);
    if (in(lane::main) != nullptr || (not_before_ && at.now < *not_before_) || !(has_goal || settings_.asks))
        return;
    if (!search_.is_done()) {
        asked_of_search_ = search_.next();
        auto const& [name, type, by_resolver, where] = asked_of_search_;
        if (where.empty())
            return failed(
                "there is no name server in /etc/resolv.conf to find the server with: name it by its address, with --server",
                at.now);
        begin(lane::main, make_query(static_cast<std::uint16_t>(random_()), name, type, by_resolver), where,
              {purpose::search, {}, {}, at.now});
    } else if (!begin_look_up(at.now)) {
        begin_update(at);
    }
}

/// Asks what the server has: once for each family that something is to be said of, and where that became doubtful.
bool session::begin_look_up(instant now)
{
    for (auto const f : families) {
        auto& state = of(f);
        if (!goal_of(f, now) || (state.is_looked_up && !is_due(state.look_ups, now)))
            continue;
        auto const id = static_cast<std::uint16_t>(random_());
        begin(lane::main, make_query(id, settings_.host, type_of(f), false), search_.servers(), {purpose::look_up, f, {}, now});
        return true;
    }
    return false;
}

void session::begin_update(moment at)
{
    auto told = to_tell(at.now);
    if (told.empty())
        return;
    bool const is_same = unanswered_ && unanswered_->by.told == told;
    bool const was_sent = is_same && unanswered_->was_sent;
    if (!is_same || at.now - unanswered_->by.begun >= request_life) {
        if (!is_same)
            give_up_unanswered(at.now);
        auto const id = static_cast<std::uint16_t>(random_());
        auto made = make_update(id, *search_.zone(), settings_.host, settings_.ttl, told, *settings_.key, time_at(at));
        unanswered_ = sent_update{std::move(made), {purpose::update, {}, std::move(told), at.now}, was_sent};
    }
    for (auto const& r : unanswered_->by.told)
        of(r.family).served.reset(); // until the server says what became of it
    auto by = unanswered_->by;
    by.begun = at.now;
    begin(lane::main, unanswered_->what, search_.servers(), std::move(by));
}

/// The exchange of this lane ends without a reply: if it was of an update, that may have been executed.
void session::note_sent(lane l) noexcept
{
    auto const* const ending = in(l);
    if (ending != nullptr && tasks_[place(l)].what == purpose::update && unanswered_)
        unanswered_->was_sent = unanswered_->was_sent || ending->what.was_sent();
}

/// An update whose fate is not known, and that will not be sent again, may yet be executed, even after the one that follows, if
/// the network delays it: so the server is asked later on what it has.
void session::give_up_unanswered(instant now)
{
    if (unanswered_ && unanswered_->was_sent) {
        for (auto const& r : unanswered_->by.told) {
            auto& state = of(r.family);
            state.look_ups.clear();
            for (auto const later : look_ups_after_doubt)
                state.look_ups.push_back(now + later);
        }
    }
    unanswered_.reset();
}

/// An update that says what is no longer so is left to itself.
void session::drop_overtaken(instant now)
{
    auto const& by = tasks_[place(lane::main)];
    if (in(lane::main) == nullptr || by.what != purpose::update)
        return;
    bool const is_overtaken = std::any_of(by.told.begin(), by.told.end(), [&](replacement const& r) {
        auto const wanted = goal_of(r.family, now);
        return !wanted || *wanted != r.address;
    });
    if (!is_overtaken)
        return;
    note_sent(lane::main);
    give_up_unanswered(now);
    lanes_[place(lane::main)].reset();
}

// ---- when

std::optional<instant> session::wake_at() const noexcept
{
    std::optional<instant> earliest;
    auto const consider = [&](std::optional<instant> t) {
        // What was due before has been looked at: it waits for something else.
        if (t && *t > advanced_ && (!earliest || *t < *earliest))
            earliest = t;
    };
    auto const consider_next = [&](std::vector<instant> const& times) {
        auto const next = std::upper_bound(times.begin(), times.end(), advanced_);
        if (next != times.end())
            consider(*next);
    };
    consider(not_before_);
    consider(refresh_at_);
    if (settings_.once && begun_)
        consider(*begun_ + once_within);
    for (auto const& state : families_) {
        consider_next(state.look_ups);
        consider_next(state.questions);
        if (settings_.removes_lost && state.lost_at)
            consider(*state.lost_at + lost_after);
    }
    return earliest;
}

void session::note_once(instant now)
{
    if (!settings_.once || exit_code_)
        return;
    bool is_done = in(lane::main) == nullptr && search_.is_done() && !is_refresh_due(now), has_goal = false;
    for (auto const f : families) {
        is_done = is_done && (!is_wanted(f) || (of(f).is_known && is_settled(f, now)));
        has_goal = has_goal || goal_of(f, now);
    }
    if (is_done && has_goal) {
        exit_code_ = 0;
    } else if (now >= *begun_ + once_within) {
        log_(has_goal ? host() + ": not done within a minute" : host() + ": there is no address to be told");
        exit_code_ = 1;
    }
}

} // namespace homing::agent
