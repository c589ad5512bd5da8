// The agent's decisions when the network, the server or the clock is not as it should be.
#include "tests/unit/agent/session_world.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::agent;
using namespace std::chrono_literals;
using dns::rcode;
using tests::said;
using tests::start_time;
using tests::usual;
using tests::world;

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

TEST_CASE("a server that was found by name is looked for anew when it does not answer")
{
    for (bool const asks : {false, true}) {
        settings s = usual();
        s.servers.clear();
        s.asks = asks;
        unsigned resolvers_asked = 0;
        s.resolvers = [&] {
            ++resolvers_asked;
            return std::vector{tests::resolver};
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
