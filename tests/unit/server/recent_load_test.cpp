#include "server/recent_load.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;
using namespace std::chrono_literals;

namespace {

recent_load::clock::time_point const start{1h};

} // namespace

TEST_CASE("before anything was noted the rate is that since the start")
{
    recent_load const load{start};
    CHECK(load.over(10s, {0, 0}, start).queries == 0);
    auto const rates = load.over(10s, {100, 10}, start + 2s);
    CHECK(rates.queries == 50);
    CHECK(rates.updates == 5);
}

TEST_CASE("the rate is that of the period, whatever was before it")
{
    recent_load load{start};
    for (unsigned second = 1; second <= 100; ++second)
        load.note({second <= 95 ? 1000U : 1000U + 10 * (second - 95), 3U * second}, start + std::chrono::seconds{second});
    auto const lately = load.over(5s, {1050, 300}, start + 100s);
    CHECK(lately.queries == 10);
    CHECK(lately.updates == 3);
    CHECK(load.over(50s, {1050, 300}, start + 100s).queries == 1);
    CHECK(load.over(60s, {1050, 300}, start + 100s).updates == 3);
}

TEST_CASE("a longer period than is remembered is cut to what is")
{
    recent_load load{start};
    for (unsigned second = 1; second <= 200; ++second)
        load.note({second, 0}, start + std::chrono::seconds{second});
    CHECK(load.over(1000s, {200, 0}, start + 200s).queries == 1);
}
