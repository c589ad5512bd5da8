#include "agent/session.hpp"

#include "dns/whoami.hpp"

#include <algorithm>

namespace homing::agent {

namespace {

using namespace std::chrono_literals;
using dns::rcode;

constexpr std::size_t most_said = 64;
constexpr unsigned most_wrong_times = 3; // in a row

instant doubled(instant first, instant longest, unsigned times) noexcept
{
    return std::min(first * (std::int64_t{1} << std::min(times, 12U)), longest);
}

instant first_pause_after(outcome const& o) noexcept
{
    return o.what == outcome::kind::unreachable ? instant{session::first_pause_unreachable} : instant{session::first_pause};
}

/// Why a server did not do what it was asked.
std::string reason_of(reply const& r)
{
    switch (r.signature_error) {
    case rcode::badkey: return "it does not know the key, or not with this algorithm (BADKEY)";
    case rcode::badsig: return "the key's secret is another one there (BADSIG)";
    case rcode::badtime: return "its clock and ours differ (BADTIME)";
    default: break;
    }
    switch (r.rcode) {
    case rcode::refused: return "the key may not change this name (REFUSED)";
    case rcode::notauth: return "it is not the primary server of the zone (NOTAUTH)";
    default: return dns::mnemonic(r.rcode);
    }
}

/// It may be another server's turn by now.
bool is_wrong_place(reply const& r) noexcept
{
    return r.signature_error == rcode::noerror && (r.rcode == rcode::notauth || r.rcode == rcode::notzone);
}

} // namespace

session::session(settings s, std::optional<std::uint64_t> confirmed, random_source random, log l)
    : settings_{std::move(s)}, random_{std::move(random)}, log_{std::move(l)}, confirmed_before_{confirmed}
{
}

session::running* session::in(lane l) noexcept
{
    auto& there = lanes_[static_cast<std::size_t>(l)];
    return there ? &*there : nullptr;
}

std::uint64_t session::time_at(moment at) const noexcept
{
    if (!clock_)
        return at.unix_time;
    return clock_->second +
           static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(at.now - clock_->first).count());
}

std::string session::host() const
{
    auto text = settings_.host.to_string();
    if (text.size() > 1)
        text.pop_back();
    return text;
}

void session::say_once(std::string const& text)
{
    if (said_.size() < most_said && said_.insert(text).second)
        log_(host() + ": " + text);
}

void session::ignored(endpoint const& from, std::string_view why)
{
    if (said_.size() < most_said && said_.insert("ignored: " + std::string{why}).second)
        log_(host() + ": a message from " + from.to_string() + " is ignored, like others after it: " + std::string{why});
}

void session::take_results(moment at)
{
    for (std::size_t l = 0; l < lanes; ++l) {
        if (!lanes_[l] || !lanes_[l]->what.result())
            continue;
        auto const result = *lanes_[l]->what.result();
        if (result.what != outcome::kind::answered)
            note_sent(static_cast<lane>(l));
        auto const by = std::move(tasks_[l]);
        lanes_[l].reset();
        switch (by.what) {
        case purpose::search: search_ended(result, at.now); break;
        case purpose::look_up: looked_up(by, result, at.now); break;
        case purpose::update: updated(by, result, at); break;
        case purpose::ask: asked(by, result, at); break;
        }
    }
}

void session::search_ended(outcome const& o, instant now)
{
    std::string why = o.why;
    if (o.what != outcome::kind::answered || !search_.take(asked_of_search_, o.reply, o.message, why))
        failed(why, now, first_pause_after(o));
}

void session::looked_up(task const& by, outcome const& o, instant now)
{
    if (o.what != outcome::kind::answered)
        return failed(o.why, now, first_pause_after(o));
    auto& state = of(by.family);
    state.is_looked_up = true;
    std::erase_if(state.look_ups, [now](instant t) { return t <= now; });
    bool const is_known = o.reply.rcode == rcode::noerror || o.reply.rcode == rcode::nxdomain;
    if (is_known)
        state.served = addresses_in(o.message, type_of(by.family), &settings_.host);
    if (!settings_.asks)
        choose_own(by.family, now); // of several, the one that is told already
    if (is_known && is_settled(by.family, now) && state.own)
        say_once("the server has " + state.own->to_string() + " already");
}

bool session::learn_time(reply const& r, moment at)
{
    if (!r.server_time || wrong_times_ >= most_wrong_times)
        return false;
    ++wrong_times_;
    say_once("this machine's clock and the server's differ: the server's counts");
    clock_ = std::pair{at.now, *r.server_time};
    return true;
}

void session::updated(task const& by, outcome const& o, moment at)
{
    if (o.what != outcome::kind::answered)
        return failed(o.why, at.now, first_pause_after(o));
    if (o.reply.is_authentic && o.reply.rcode == rcode::noerror)
        return confirmed(by, o, at);
    if (o.reply.rcode == rcode::servfail) // the same octets may be tried again
        return failed("the server could not do it (SERVFAIL)", at.now);
    if (o.reply.is_authentic)
        unanswered_.reset();
    else
        give_up_unanswered(at.now); // somebody else may have said so
    if (learn_time(o.reply, at))
        return;
    if (is_wrong_place(o.reply))
        search_.forget();
    refused(o.server.to_string() + " refuses: " + reason_of(o.reply), at.now);
}

void session::confirmed(task const& by, outcome const& o, moment at)
{
    failures_ = refusals_ = wrong_times_ = 0;
    last_refusal_.reset();
    not_before_.reset();
    unanswered_.reset();
    std::erase_if(said_, [](std::string const& text) { return !text.starts_with("ignored: "); });
    for (auto const& r : by.told) {
        of(r.family).served = r.address ? address_set{*r.address} : address_set{};
        log_(
            host() + ": " +
            (r.address ? "is at " + r.address->to_string() : "has no " + std::string{to_string(r.family)} + " address any more") +
            ", as " + o.server.to_string() + " knows now");
    }
    if (settings_.refresh != 0s)
        refresh_at_ = at.now + settings_.refresh;
    to_remember_ = time_at(at);
}

void session::asked(task const& by, outcome const& o, moment at)
{
    auto& state = of(by.family);
    if (o.what == outcome::kind::unreachable)
        return set_own(by.family, {}, at.now);
    if (o.what == outcome::kind::unanswered) {
        state.is_known = true; // it is what it was
        if (++state.unanswered >= 2 && settings_.servers.empty())
            search_.forget(); // it may have moved
        return say_once("no answer to which " + std::string{to_string(by.family)} + " address this is: " + o.why);
    }
    state.unanswered = 0;
    if (o.reply.is_authentic && o.reply.rcode == rcode::noerror) {
        wrong_times_ = 0;
        dns::name const owner{dns::whoami_name()};
        std::vector<own_address> seen;
        for (auto const& a : addresses_in(o.message, type_of(by.family), &owner))
            seen.push_back({.address = a});
        auto rules = settings_.rules;
        rules.interface = 0;
        auto const own = choose(seen, by.family, rules, {});
        if (!own && !seen.empty())
            say_once("the server sees us at " + seen.front().address.to_string() +
                     ", which is not told: it is not a global address, or not in --prefix");
        return set_own(by.family, own, at.now);
    }
    if (learn_time(o.reply, at))
        return state.questions.insert(state.questions.begin(), at.now), void();
    state.questions.assign({at.now + std::max<instant>(settings_.interval, longest_pause)});
    std::string const why = o.reply.signature_error != rcode::noerror
                                ? reason_of(o.reply)
                                : std::string{"it is not homing ("} + dns::mnemonic(o.reply.rcode) + ')';
    say_once(o.server.to_string() + " does not say which address this is: " + why);
    if (settings_.once)
        exit_code_ = 1;
}

void session::failed(std::string const& why, instant now, instant first)
{
    say_once("not told yet: " + why);
    not_before_ = now + with_jitter(doubled(first, longest_pause, failures_), random_);
    if (++failures_ >= 2 && settings_.servers.empty())
        search_.forget(); // it may have moved
}

void session::refused(std::string const& why, instant now)
{
    say_once(why);
    last_refusal_ = now;
    not_before_ = now + with_jitter(doubled(first_pause_refused, longest_pause_refused, refusals_++), random_);
    if (settings_.once)
        exit_code_ = 1;
}

} // namespace homing::agent
