// What a session of the agent meets, in a world of the test's own: its clock, its server, its addresses.
#pragma once

#include "agent/session.hpp"
#include "dns/whoami.hpp"
#include "tests/unit/agent/wire_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include <linux/if_addr.h>

namespace homing::tests {

inline constexpr std::uint64_t start_time = 1'700'000'000;
inline agent::endpoint const server{*agent::ip_address::from_text("192.0.2.53"), 53},
    resolver{*agent::ip_address::from_text("192.0.2.99"), 53};

inline agent::settings usual()
{
    agent::settings s;
    s.host = *dns::name::from_text("home.example.com");
    s.key = agent_key();
    s.servers = {server};
    s.resolvers = [] { return std::vector{resolver}; };
    s.is_wanted[1] = false;
    return s;
}

/// Runs a session, and is all that it meets.
class world {
public:
    explicit world(agent::settings s, std::optional<std::uint64_t> confirmed = {})
        : session_{std::move(s), confirmed, [this] { return random_ += 7919; },
                   [this](std::string const& t) { log.push_back(t); }}
    {
    }

    void set_address(char const* text)
    {
        own_.clear();
        if (text != nullptr)
            own_.push_back({*agent::ip_address::from_text(text), 2, IFA_F_PERMANENT, 0, 0xFFFFFFFF});
        session_.addresses(own_, 0, now());
    }
    void network_changed() { session_.network_changed(now()); }

    /// Lets time pass, with all that is done in it.
    void pass(agent::instant time)
    {
        for (agent::instant const end = time_ + time;;) {
            settle();
            auto const next = next_time();
            if (!next || *next > end) {
                time_ = end;
                return settle();
            }
            REQUIRE(*next > time_); // or it would never end
            time_ = *next;
        }
    }

    agent::moment now() const
    {
        return {time_, static_cast<std::uint64_t>(static_cast<std::int64_t>(start_time) + clock_off + seconds())};
    }
    std::int64_t seconds() const
    {
        return std::chrono::duration_cast<std::chrono::seconds>(time_ - std::chrono::seconds{1000}).count();
    }
    agent::session& agent() { return session_; }
    bool is_asleep() { return !next_time(); }

    // what the server is like
    std::vector<char const*> served;       // what it has
    dns::rcode code = dns::rcode::noerror; // what it answers updates
    bool answers = true, is_reachable = true, knows_key = true, answers_tcp = true;
    char const* sees = nullptr; // whoami
    std::int64_t clock_off = 0; // of this machine's clock
    // what happened
    std::vector<bytes> updates;
    unsigned whoamis = 0, look_ups = 0, messages = 0;
    std::vector<std::string> log;

private:
    std::optional<agent::instant> next_time()
    {
        auto next = session_.wake_at();
        for (std::size_t l = 0; l < agent::session::lanes; ++l)
            if (auto* const r = session_.in(static_cast<agent::session::lane>(l)))
                if (auto const a = r->what.next(time_); a.what == agent::exchange::action::kind::wait)
                    next = next ? std::min(*next, a.until) : a.until;
        return next;
    }

    void settle()
    {
        for (bool again = true; again;) {
            session_.advance(now());
            again = false;
            for (std::size_t l = 0; l < agent::session::lanes; ++l)
                if (auto* const r = session_.in(static_cast<agent::session::lane>(l)))
                    again = drive(r->what) || again;
        }
    }

    /// True if it has a result.
    bool drive(agent::exchange& x)
    {
        using kind = agent::exchange::action::kind;
        for (auto a = x.next(time_); a.what != kind::wait && a.what != kind::done; a = x.next(time_)) {
            ++messages;
            bool const is_stream = a.what == kind::stream;
            if (!is_reachable && !is_stream)
                x.not_sent("no route");
            else if (is_stream && (!answers_tcp || !is_reachable))
                x.stream_failed("refused");
            else if (auto const r = reply(x.message()); !r.empty())
                x.take(r, a.server, is_stream, now());
        }
        return x.result().has_value();
    }

    bytes reply(bytes const& m)
    {
        auto const view = dns::request_view::read(m);
        auto const time = start_time + static_cast<std::uint64_t>(seconds());
        auto const other = agent_key(9);
        auto const* const k = knows_key ? key_.get() : other.get();
        bool const is_update = view.header.opcode() == dns::opcode::update;
        if (is_update)
            updates.push_back(m);
        if (!answers)
            return {};
        if (is_update)
            return reply_to(m, code, {}, k, time);
        if (view.question.qname == dns::whoami_name()) {
            ++whoamis;
            return reply_to(m, dns::rcode::noerror,
                            sees == nullptr ? std::vector<record>{}
                                            : std::vector<record>{{"whoami.homing.invalid", dns::rr_type::a, octets_of(sees)}},
                            k, time);
        }
        if (view.question.type == dns::rr_type::soa)
            return reply_to(m, dns::rcode::noerror, {{"example.com", dns::rr_type::soa, soa_rdata("ns1.example.com")}}, nullptr,
                            time);
        std::vector<record> found;
        if (view.question.qname == *dns::name::from_text("ns1.example.com")) {
            if (view.question.type == dns::rr_type::a)
                found.push_back({"ns1.example.com", dns::rr_type::a, octets_of("192.0.2.53")});
        } else {
            ++look_ups;
            for (auto const* a : served)
                if ((agent::ip_address::from_text(a)->family() == agent::address_family::ipv4) ==
                    (view.question.type == dns::rr_type::a))
                    found.push_back({"home.example.com", view.question.type, octets_of(a)});
        }
        return reply_to(m, dns::rcode::noerror, found, nullptr, time);
    }

    agent::instant time_ = std::chrono::seconds{1000};
    std::uint32_t random_ = 1;
    std::shared_ptr<dns::tsig_key const> key_ = agent_key();
    std::vector<agent::own_address> own_;
    agent::session session_;
};

inline std::size_t said(world const& w, std::string_view what)
{
    return static_cast<std::size_t>(
        std::count_if(w.log.begin(), w.log.end(), [&](auto const& t) { return t.find(what) != t.npos; }));
}

} // namespace homing::tests
