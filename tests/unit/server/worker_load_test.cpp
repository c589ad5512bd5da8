#include "server/worker_load.hpp"

#include <catch2/catch_test_macros.hpp>

#include <ctime>

using namespace homing::server;
using namespace std::chrono_literals;

TEST_CASE("changes gather while every worker is busy")
{
    CHECK(worker_load::patience({9ms}, 10ms) > 0ms);
    CHECK(worker_load::patience({9ms, 8ms}, 10ms) > 0ms);
    CHECK(worker_load::patience({9ms, 5ms}, 10ms) == 0ms);
    CHECK(worker_load::patience({1ms}, 10ms) == 0ms);
}

TEST_CASE("what was long ago, or just now, says nothing")
{
    CHECK(worker_load::patience({900ms}, 1s) == 0ms);
    CHECK(worker_load::patience({0ms}, 0ms) == 0ms);
    CHECK(worker_load::patience({}, 10ms) == 0ms);
}

TEST_CASE("the clocks of the workers are compared with the time that passes")
{
    worker_load busy, idle;
    CHECK(busy.patience() == 0ms);                        // nothing is watched yet
    busy.watch({CLOCK_MONOTONIC});                        // runs all the time
    idle.watch({CLOCK_MONOTONIC, CLOCK_REALTIME_COARSE}); // stands between two ticks
    bool is_busy = false, is_idle = false;
    for (int i = 0; i < 100'000 && !(is_busy && is_idle); ++i) {
        is_busy = busy.patience() > 0ms || is_busy;
        is_idle = idle.patience() == 0ms || is_idle;
    }
    CHECK(is_busy);
    CHECK(is_idle);
}
