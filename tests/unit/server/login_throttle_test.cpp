#include "server/login_throttle.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;
using namespace std::chrono_literals;
using clock_type = login_throttle::clock;

namespace {

clock_type::time_point const start = clock_type::time_point{} + 1h;

/// Wrong ones, each after its wait; when the last one was answered.
clock_type::time_point fail(login_throttle& t, std::uint64_t client, std::uint64_t user, int times, clock_type::time_point now)
{
    for (int i = 0; i < times; ++i) {
        now += t.begin(client, user, now);
        t.checked(client, user, false, now);
    }
    return now;
}

} // namespace

TEST_CASE("a few wrong passwords are free, then each costs twice as much, up to a bound")
{
    login_throttle t{1};
    CHECK(fail(t, 1, 1, 2, start) == start);
    CHECK(t.begin(1, 1, start) == 0ms);
    CHECK(fail(t, 1, 1, 1, start) == start);
    CHECK(t.begin(1, 1, start) == 250ms);
    t.checked(1, 1, false, start + 250ms);
    CHECK(t.begin(1, 1, start + 250ms) == 500ms);
    auto const later = fail(t, 1, 1, 100, start + 750ms);
    CHECK(t.begin(1, 1, later) == 8s);
}

TEST_CASE("others do not wait for it, but all wait for a user name that is tried from everywhere, and not for long")
{
    login_throttle t{1};
    fail(t, 1, 1, 9, start);
    CHECK(t.begin(2, 2, start) == 0ms);
    for (std::uint64_t client = 100; client < 200; ++client) {
        t.begin(client, 3, start);
        t.checked(client, 3, false, start);
    }
    auto const wait = t.begin(2, 3, start);
    CHECK(wait > 0ms);
    CHECK(wait <= 2s);
}

TEST_CASE("after some calm it is forgiven")
{
    login_throttle t{1};
    auto const now = fail(t, 1, 1, 10, start) + 5min;
    CHECK(t.begin(1, 1, now) == 0ms);
    t.checked(1, 1, false, now);
    CHECK(t.begin(1, 1, now) == 0ms);
}

TEST_CASE("only so many logins of a client wait at a time")
{
    login_throttle t{1};
    fail(t, 1, 1, 5, start);
    for (std::size_t i = 0; i < login_throttle::most_waiting; ++i)
        CHECK(t.begin(1, 1, start) > 0ms);
    CHECK(t.begin(1, 1, start) < 0ms);
    t.checked(1, 1, true, start);
    CHECK(t.begin(1, 1, start) > 0ms);
}

TEST_CASE("however many clients fail, who failed most lately is known")
{
    login_throttle t{1};
    for (std::uint64_t client = 0; client < 100'000; ++client)
        fail(t, client, client, 1, start);
    fail(t, 7, 7, 3, start + 1s);
    CHECK(t.begin(7, 7, start + 1s) > 0ms);
}
