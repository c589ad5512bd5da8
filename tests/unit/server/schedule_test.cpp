#include "server/follow/schedule.hpp"

#include <catch2/catch_all.hpp>

using namespace homing::server;
using namespace std::chrono_literals;

namespace {

using clock_type = schedule::clock;
clock_type::time_point const start{1000s};

} // namespace

TEST_CASE("zones are asked for when they are due, or earlier when somebody says so", "[schedule]")
{
    schedule s;
    s.put("a", "p", start + 5s);
    s.put("b", "p", start + 9s);
    CHECK(s.next() == nullptr);
    CHECK(s.next_due() == start + 5s);
    s.advance(start + 5s);
    auto* const a = s.next();
    REQUIRE(a != nullptr);
    CHECK(a->apex == "a");
    CHECK(s.next() == nullptr);
    s.hurry(*s.find("b"), "192.0.2.1", start);
    auto* const b = s.next();
    REQUIRE(b != nullptr);
    CHECK(b->notifier == "192.0.2.1");
    s.finished(*a, start + 20s, true, start);
    CHECK(s.next_due() == start + 20s);
}

TEST_CASE("what comes while a zone is asked for has it asked for once more", "[schedule]")
{
    schedule s;
    auto& a = s.put("a", "p", start);
    s.advance(start);
    REQUIRE(s.next() == &a);
    s.hurry(a, "", start);
    s.hurry(a, "", start);
    CHECK(s.next() == nullptr);
    s.finished(a, start + 100s, true, start);
    CHECK(s.next() == &a);
    s.finished(a, start + 100s, true, start);
    CHECK(s.next() == nullptr);
}

TEST_CASE("a source that does not answer takes few places, and none of another's", "[schedule]")
{
    schedule s{{.at_once = 10, .of_source = 4, .of_failing_source = 1}};
    for (int i = 0; i < 20; ++i) {
        s.put("hung" + std::to_string(i), "hung", start);
        s.put("good" + std::to_string(i), "good", start);
    }
    s.advance(start);
    std::vector<schedule::task*> running;
    while (auto* const t = s.next())
        running.push_back(t);
    CHECK(running.size() == 8);
    for (auto* const t : running)
        s.finished(*t, start + 1s, t->from->name == "good", start);
    std::size_t hung = 0, good = 0;
    while (auto* const t = s.next())
        ++(t->from->name == "good" ? good : hung);
    CHECK(hung == 1);
    CHECK(good == 4);
}

TEST_CASE("a zone that is not followed any more is forgotten, while it is asked for, too", "[schedule]")
{
    schedule s;
    auto& a = s.put("a", "p", start);
    s.put("b", "q", start);
    s.advance(start);
    auto* const first = s.next();
    REQUIRE(first == &a);
    s.remove("a");
    s.remove("b");
    CHECK(s.find("a") == nullptr);
    CHECK(s.next() == nullptr);
    s.finished(a, start + 1s, true, start);
    CHECK(s.size() == 0);
    CHECK_FALSE(s.next_due().has_value());
}

TEST_CASE("a zone can change its source in each state", "[schedule]")
{
    schedule s;
    auto& a = s.put("a", "p", start + 1s);
    s.put("a", "q", start);
    CHECK(a.from->name == "q");
    s.advance(start + 1s);
    s.put("a", "r", start);
    REQUIRE(s.next() == &a);
    s.put("a", "t", start);
    s.finished(a, start + 2s, true, start);
    CHECK(a.from->name == "t");
    CHECK(a.from->running == 0);
    s.remove("a");
    CHECK(s.size() == 0);
}

TEST_CASE("a zone that anybody can hurry is not hurried more often than it may", "[schedule]")
{
    schedule s;
    auto& a = s.put("a", "p", start);
    s.advance(start);
    REQUIRE(s.next() == &a);
    a.not_before = start + 1s;
    s.hurry(a, "", start);
    s.finished(a, start + 100s, true, start);
    CHECK(s.next() == nullptr);
    CHECK(s.next_due() == start + 1s);
    s.hurry(a, "", start);
    CHECK(s.next() == nullptr);
    s.advance(start + 1s);
    CHECK(s.next() == &a);
}
