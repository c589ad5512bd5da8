// The agent's decisions while all is well.
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
