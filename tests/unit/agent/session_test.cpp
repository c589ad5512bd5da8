// The agent's decisions, in a world of the test's own: its clock, its server, its addresses.
#include "agent/session.hpp"
#include "dns/whoami.hpp"
#include "tests/unit/agent/wire_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include <linux/if_addr.h>

using namespace homing;
using namespace homing::agent;
using namespace std::chrono_literals;
using dns::rcode;
using dns::rr_type;
using tests::bytes;

namespace {

constexpr std::uint64_t start_time = 1'700'000'000;
endpoint const server{*ip_address::from_text("192.0.2.53"), 53}, resolver{*ip_address::from_text("192.0.2.99"), 53};

settings usual()
{
    settings s;
    s.host = *dns::name::from_text("home.example.com");
    s.key = tests::agent_key();
    s.servers = {server};
    s.resolvers = [] { return std::vector{resolver}; };
    s.is_wanted[1] = false;
    return s;
}

/// Runs a session, and is all that it meets.
class world {
public:
    explicit world(settings s, std::optional<std::uint64_t> confirmed = {})
        : session_{std::move(s), confirmed, [this] { return random_ += 7919; },
                   [this](std::string const& t) { log.push_back(t); }}
    {
    }

    void set_address(char const* text)
    {
        own_.clear();
        if (text != nullptr)
            own_.push_back({*ip_address::from_text(text), 2, IFA_F_PERMANENT, 0, 0xFFFFFFFF});
        session_.addresses(own_, 0, now());
    }
    void network_changed() { session_.network_changed(now()); }

    /// Lets time pass, with all that is done in it.
    void pass(instant time)
    {
        for (instant const end = time_ + time;;) {
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

    moment now() const
    {
        return {time_, static_cast<std::uint64_t>(static_cast<std::int64_t>(start_time) + clock_off + seconds())};
    }
    std::int64_t seconds() const { return std::chrono::duration_cast<std::chrono::seconds>(time_ - 1000s).count(); }
    session& agent() { return session_; }
    bool is_asleep() { return !next_time(); }

    // what the server is like
    std::vector<char const*> served; // what it has
    rcode code = rcode::noerror;     // what it answers updates
    bool answers = true, is_reachable = true, knows_key = true, answers_tcp = true;
    char const* sees = nullptr; // whoami
    std::int64_t clock_off = 0; // of this machine's clock
    // what happened
    std::vector<bytes> updates;
    std::vector<instant> update_times;
    unsigned whoamis = 0, look_ups = 0, messages = 0;
    std::vector<std::string> log;

private:
    std::optional<instant> next_time()
    {
        auto next = session_.wake_at();
        for (std::size_t l = 0; l < session::lanes; ++l)
            if (auto* const r = session_.in(static_cast<session::lane>(l)))
                if (auto const a = r->what.next(time_); a.what == exchange::action::kind::wait)
                    next = next ? std::min(*next, a.until) : a.until;
        return next;
    }

    void settle()
    {
        for (bool again = true; again;) {
            session_.advance(now());
            again = false;
            for (std::size_t l = 0; l < session::lanes; ++l)
                if (auto* const r = session_.in(static_cast<session::lane>(l)))
                    again = drive(r->what) || again;
        }
    }

    /// True if it has a result.
    bool drive(exchange& x)
    {
        using kind = exchange::action::kind;
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
        auto const other = tests::agent_key(9);
        auto const* const k = knows_key ? key_.get() : other.get();
        bool const is_update = view.header.opcode() == dns::opcode::update;
        if (is_update) {
            updates.push_back(m);
            update_times.push_back(time_);
        }
        if (!answers)
            return {};
        if (is_update)
            return tests::reply_to(m, code, {}, k, time);
        if (view.question.qname == dns::whoami_name()) {
            ++whoamis;
            return tests::reply_to(
                m, rcode::noerror,
                sees == nullptr ? std::vector<tests::record>{}
                                : std::vector<tests::record>{{"whoami.homing.invalid", rr_type::a, tests::octets_of(sees)}},
                k, time);
        }
        if (view.question.type == rr_type::soa)
            return tests::reply_to(m, rcode::noerror, {{"example.com", rr_type::soa, tests::soa_rdata("ns1.example.com")}},
                                   nullptr, time);
        std::vector<tests::record> found;
        if (view.question.qname == *dns::name::from_text("ns1.example.com")) {
            if (view.question.type == rr_type::a)
                found.push_back({"ns1.example.com", rr_type::a, tests::octets_of("192.0.2.53")});
        } else {
            ++look_ups;
            for (auto const* a : served)
                if ((ip_address::from_text(a)->family() == address_family::ipv4) == (view.question.type == rr_type::a))
                    found.push_back({"home.example.com", view.question.type, tests::octets_of(a)});
        }
        return tests::reply_to(m, rcode::noerror, found, nullptr, time);
    }

    instant time_ = 1000s;
    std::uint32_t random_ = 1;
    std::shared_ptr<dns::tsig_key const> key_ = tests::agent_key();
    std::vector<own_address> own_;
    session session_;
};

std::size_t said(world const& w, std::string_view what)
{
    return static_cast<std::size_t>(
        std::count_if(w.log.begin(), w.log.end(), [&](auto const& t) { return t.find(what) != t.npos; }));
}

} // namespace

TEST_CASE("a new address is told once, and then nothing happens")
{
    world w{usual()};
    w.set_address("203.0.113.1");
    w.pass(1h);
    REQUIRE(w.updates.size() == 1);
    CHECK(tests::told_by(w.updates[0]) == "-A +A 203.0.113.1");
    CHECK(w.is_asleep());
    w.set_address("203.0.113.2");
    w.pass(0s);
    REQUIRE(w.updates.size() == 2);
    CHECK(tests::told_by(w.updates[1]) == "-A +A 203.0.113.2");
    CHECK(w.look_ups == 1); // it knows what it said
    w.network_changed();
    w.pass(1h);
    CHECK(w.updates.size() == 2);
    CHECK(w.is_asleep());
}

TEST_CASE("what the server has already is not told")
{
    world w{usual()};
    w.served = {"203.0.113.1"};
    w.set_address("203.0.113.1");
    w.pass(1h);
    CHECK(w.updates.empty());
    CHECK(w.is_asleep());
    world other{usual()};
    other.served = {"203.0.113.1", "203.0.113.2"}; // one too many
    other.set_address("203.0.113.1");
    other.pass(1h);
    CHECK(other.updates.size() == 1);
}

TEST_CASE("of several addresses the one that the server has stays")
{
    settings s = usual();
    world w{s};
    w.served = {"203.0.113.9"};
    std::vector<own_address> both;
    for (auto const* text : {"203.0.113.1", "203.0.113.9"})
        both.push_back({*ip_address::from_text(text), 2, IFA_F_PERMANENT, 0, 0xFFFFFFFF});
    w.agent().addresses(both, 0, w.now());
    w.pass(1h);
    CHECK(w.updates.empty());
}

TEST_CASE("the server is found by the zone's SOA")
{
    settings s = usual();
    s.servers.clear();
    world w{s};
    w.set_address("203.0.113.1");
    w.pass(10s);
    REQUIRE(w.updates.size() == 1);
    CHECK(dns::request_view::read(w.updates[0]).question.qname == *dns::name::from_text("example.com"));
}

TEST_CASE("without an answer the same octets are sent for as long as their signature is good, and seldom, for hours")
{
    world w{usual()};
    w.set_address("203.0.113.1");
    w.pass(1s);
    w.answers = false, w.answers_tcp = false;
    w.set_address("203.0.113.2");
    w.pass(200s);
    auto const early = w.updates.size();
    CHECK(early > 6);
    for (std::size_t i = 2; i < early; ++i)
        CHECK(w.updates[i] == w.updates[1]);
    w.pass(6h);
    CHECK(w.updates.back() != w.updates[1]);
    CHECK(w.updates.size() < 500);
    auto const before = w.updates.size();
    w.answers = true;
    w.pass(13min); // the longest pause, and its jitter
    CHECK(w.updates.size() == before + 1);
    CHECK(said(w, "is at 203.0.113.2") == 1);
    CHECK(w.is_asleep());
}

TEST_CASE("news of the network makes it try at once")
{
    world w{usual()};
    w.is_reachable = false;
    w.set_address("203.0.113.1");
    w.pass(3h);
    CHECK(w.messages < 100);
    CHECK(w.updates.empty());
    w.is_reachable = true;
    w.network_changed();
    w.pass(0s);
    CHECK(w.updates.size() == 1);
    CHECK(said(w, "not told yet") == 1);
}

TEST_CASE("a clock that is wrong does not matter: the server's counts")
{
    for (std::int64_t const off : {-500'000'000L, -400L, 400L, 90'000L}) {
        world w{usual()};
        w.clock_off = off;
        w.set_address("203.0.113.1");
        w.pass(1s);
        CHECK(w.updates.size() == 2);
        CHECK(said(w, "is at 203.0.113.1") == 1);
        w.pass(2h);
        w.set_address("203.0.113.2");
        w.pass(1s);
        CHECK(w.updates.size() == 3);
        w.clock_off = 0; // it was set meanwhile
        w.set_address("203.0.113.3");
        w.pass(1s);
        CHECK(w.updates.size() == 4);
    }
}

TEST_CASE("a refusal is not hammered at, whatever the network does")
{
    for (auto const code : {rcode::refused, rcode::notauth, rcode::notzone, rcode::formerr, rcode::notimp, rcode::yxrrset}) {
        world w{usual()};
        w.code = code;
        w.set_address("203.0.113.1");
        for (int i = 0; i < 120; ++i) {
            w.network_changed();
            w.pass(1s);
        }
        CHECK(w.updates.size() <= 5);
        CHECK(w.updates.size() >= 2);
        CHECK(said(w, "refuses") == 1);
        auto const before = w.updates.size();
        w.pass(24h);
        CHECK(w.updates.size() - before <= 40);
        w.code = rcode::noerror;
        w.pass(2h);
        CHECK(said(w, "is at 203.0.113.1") == 1);
    }
}

TEST_CASE("a server that does not know the key is believed over TCP, and asked again seldom")
{
    world w{usual()};
    w.knows_key = false;
    w.set_address("203.0.113.1");
    w.pass(1h);
    CHECK(said(w, "BADSIG") == 1);
    CHECK(w.updates.size() <= 20);
}

TEST_CASE("SERVFAIL is tried again with the same octets")
{
    world w{usual()};
    w.code = rcode::servfail;
    w.set_address("203.0.113.1");
    w.pass(30s);
    CHECK(w.updates.size() >= 2);
    w.code = rcode::noerror;
    w.pass(60s);
    CHECK(w.updates.front() == w.updates.back());
    CHECK(said(w, "is at 203.0.113.1") == 1);
}

TEST_CASE("an update that is overtaken is left, and the server asked later on which one it took")
{
    world w{usual()};
    w.set_address("203.0.113.1");
    w.pass(1s);
    w.answers = false, w.answers_tcp = false;
    w.set_address("203.0.113.2");
    w.pass(1s);
    w.answers = true;
    w.set_address("203.0.113.3");
    w.pass(0s);
    CHECK(tests::told_by(w.updates.back()) == "-A +A 203.0.113.3");
    auto const before = w.updates.size();
    w.served = {"203.0.113.2"}; // the network delivered the older one last
    w.pass(6s);
    CHECK(w.updates.size() == before + 1);
    CHECK(tests::told_by(w.updates.back()) == "-A +A 203.0.113.3");
    w.served = {"203.0.113.3"};
    w.pass(10min);
    CHECK(w.updates.size() == before + 1);
    CHECK(w.is_asleep());
}

TEST_CASE("an address that comes back after an update whose fate is not known is told again")
{
    for (int const how : {0, 1, 2}) {
        world w{usual()};
        w.served = {"203.0.113.1"};
        w.set_address("203.0.113.1");
        w.pass(1s);
        CHECK(w.updates.empty());
        w.answers = false, w.answers_tcp = false; // it is executed, and the reply lost
        w.set_address("203.0.113.2");
        w.pass(300ms);
        CHECK(w.updates.size() == 1);
        if (how == 0) { // the network goes while it is sent again
            w.is_reachable = false;
            w.pass(2s);
        } else if (how == 1) {
            w.network_changed();
            w.set_address(nullptr);
            w.pass(1s);
        } else {
            w.pass(20s);
        }
        w.served = {"203.0.113.2"};
        w.set_address("203.0.113.1");
        w.is_reachable = w.answers = w.answers_tcp = true;
        w.network_changed();
        w.pass(10s);
        REQUIRE(w.updates.size() >= 2);
        CHECK(tests::told_by(w.updates.back()) == "-A +A 203.0.113.1");
        // The one before is delivered late: a look at the server tells.
        auto const before = w.updates.size();
        w.pass(6min);
        CHECK(w.updates.size() > before);
        w.served = {"203.0.113.1"};
        w.pass(6min);
        CHECK(w.is_asleep());
    }
}

TEST_CASE("a family that vanished is left alone, or removed after a while")
{
    for (bool const removes : {false, true}) {
        settings s = usual();
        s.removes_lost = removes;
        world w{s};
        w.set_address("203.0.113.1");
        w.pass(1s);
        w.set_address(nullptr);
        w.pass(5s);
        CHECK(w.updates.size() == 1);
        w.set_address("203.0.113.1"); // back in time
        w.pass(1h);
        CHECK(w.updates.size() == 1);
        w.set_address(nullptr);
        w.pass(1h);
        CHECK(w.updates.size() == (removes ? 2 : 1));
        if (removes)
            CHECK(tests::told_by(w.updates.back()) == "-A");
        CHECK(w.is_asleep());
    }
}

TEST_CASE("a lease is refreshed in time, over restarts, too")
{
    settings s = usual();
    s.refresh = 10min;
    world w{s};
    w.set_address("203.0.113.1");
    w.pass(1s);
    CHECK(w.updates.size() == 1);
    CHECK(w.agent().take_confirmed() == start_time);
    w.pass(1h);
    CHECK(w.updates.size() == 7);

    world again{s, start_time - 300};
    again.served = {"203.0.113.1"};
    again.set_address("203.0.113.1");
    again.pass(290s);
    CHECK(again.updates.empty());
    again.pass(20s);
    CHECK(again.updates.size() == 1);

    world unknown{s};
    unknown.served = {"203.0.113.1"};
    unknown.set_address("203.0.113.1");
    unknown.pass(1s);
    CHECK(unknown.updates.size() == 1);
}

TEST_CASE("behind a NAT the server is asked once an interval, and at once when the network changes")
{
    settings s = usual();
    s.asks = true;
    world w{s};
    w.sees = "203.0.113.1";
    w.set_address("192.168.1.2"); // not to be told
    w.pass(1s);
    REQUIRE(w.updates.size() == 1);
    CHECK(tests::told_by(w.updates[0]) == "-A +A 203.0.113.1");
    auto const before = w.whoamis;
    w.pass(10min);
    CHECK(w.whoamis == before + 10);
    w.sees = "203.0.113.2";
    w.network_changed();
    w.pass(0s);
    CHECK(tests::told_by(w.updates.back()) == "-A +A 203.0.113.2");
    w.network_changed();
    w.pass(0s);
    w.sees = "203.0.113.3"; // the router needed a moment
    w.pass(3s);
    CHECK(tests::told_by(w.updates.back()) == "-A +A 203.0.113.3");
    w.sees = "192.168.7.7"; // a server in the same house
    w.pass(2min);
    CHECK(w.updates.size() == 3);
    CHECK(said(w, "192.168.7.7") == 1);
}

TEST_CASE("a server that was found by name is looked for anew when it does not answer")
{
    for (bool const asks : {false, true}) {
        settings s = usual();
        s.servers.clear();
        s.asks = asks;
        unsigned resolvers_asked = 0;
        s.resolvers = [&] {
            ++resolvers_asked;
            return std::vector{resolver};
        };
        world w{s};
        w.sees = "203.0.113.1";
        w.set_address("203.0.113.1");
        w.pass(1s);
        CHECK(w.updates.size() == 1);
        auto const before = resolvers_asked;
        w.answers = false, w.answers_tcp = false;
        w.set_address("203.0.113.2");
        w.pass(10min);
        CHECK(resolvers_asked > before);
        w.answers = true;
        w.sees = "203.0.113.2";
        w.pass(20min);
        CHECK(said(w, "is at 203.0.113.2") == 1);
    }
}

TEST_CASE("a server that is asked without an answer is asked on, and nothing is removed")
{
    settings s = usual();
    s.asks = true;
    s.removes_lost = true;
    world w{s};
    w.sees = "203.0.113.1";
    w.pass(1s);
    w.answers = false, w.answers_tcp = false;
    w.pass(1h);
    CHECK(w.updates.size() == 1);
    w.answers = true;
    w.sees = "203.0.113.2";
    w.pass(90s);
    CHECK(w.updates.size() == 2);
}

TEST_CASE("--once ends as soon as the server has it, or says that it will not")
{
    settings s = usual();
    s.once = true;
    world w{s};
    w.set_address("203.0.113.1");
    w.pass(0s);
    CHECK(w.agent().exit_code() == 0);

    world refused{s};
    refused.code = rcode::refused;
    refused.set_address("203.0.113.1");
    refused.pass(0s);
    CHECK(refused.agent().exit_code() == 1);

    world silent{s};
    silent.answers = silent.answers_tcp = false;
    silent.set_address("203.0.113.1");
    silent.pass(59s);
    CHECK_FALSE(silent.agent().exit_code());
    silent.pass(2s);
    CHECK(silent.agent().exit_code() == 1);
}
