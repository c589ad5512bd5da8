#include "server/rate_limiter.hpp"

#include <catch2/catch_test_macros.hpp>

using homing::server::rate_limiter;

namespace {

int allowed(rate_limiter& limiter, std::uint64_t now, int tries)
{
    int n = 0;
    for (int i = 0; i < tries; ++i)
        n += limiter.allow(now);
    return n;
}

} // namespace

TEST_CASE("a burst passes, then so many a second")
{
    rate_limiter limiter{10, 50};
    CHECK(allowed(limiter, 1000, 100) == 50);
    CHECK(allowed(limiter, 1000, 100) == 0);
    CHECK(allowed(limiter, 1001, 100) == 10);
    CHECK(allowed(limiter, 1003, 100) == 20);
}

TEST_CASE("a long silence gives no more than the burst")
{
    rate_limiter limiter{10, 50};
    CHECK(allowed(limiter, 1, 100) == 50);
    CHECK(allowed(limiter, ~std::uint64_t{0}, 100) == 50);
}

TEST_CASE("a clock that goes back gives nothing")
{
    rate_limiter limiter{10, 50};
    CHECK(allowed(limiter, 1000, 100) == 50);
    CHECK(allowed(limiter, 900, 100) == 0);
}

TEST_CASE("what was held back is counted once")
{
    rate_limiter limiter{1, 1};
    allowed(limiter, 5, 4);
    CHECK(limiter.take_held_back() == 3);
    CHECK(limiter.take_held_back() == 0);
}
