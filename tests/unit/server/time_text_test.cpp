#include "server/commands/time_text.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;

namespace {

constexpr std::int64_t now = 1'800'000'000'000;

std::int64_t ms(std::string_view text)
{
    auto const t = read_time(text, now);
    INFO(text);
    REQUIRE(t.has_value());
    return *t;
}

} // namespace

TEST_CASE("times are printed as RFC 3339 has them")
{
    CHECK(to_time(0) == "1970-01-01T00:00:00Z");
    CHECK(to_time(1'777'907'045'678) == "2026-05-04T15:04:05Z");
    CHECK(to_exact_time(1'777'907'045'678) == "2026-05-04T15:04:05.678Z");
    CHECK(to_time(std::chrono::system_clock::time_point{std::chrono::milliseconds{-1}}) == "1969-12-31T23:59:59Z");
    CHECK(to_exact_time(-1) == "1969-12-31T23:59:59.999Z");
    CHECK(to_time(951'782'400'000) == "2000-02-29T00:00:00Z");
}

TEST_CASE("times are read as RFC 3339 has them, in UTC where they do not say")
{
    CHECK(ms("2026-05-04T15:04:05Z") == 1'777'907'045'000);
    CHECK(ms("2026-05-04t15:04:05z") == 1'777'907'045'000);
    CHECK(ms("2026-05-04 15:04:05") == 1'777'907'045'000);
    CHECK(ms("2026-05-04T15:04:05.6789Z") == 1'777'907'045'678);
    CHECK(ms("2026-05-04T17:04:05+02:00") == 1'777'907'045'000);
    CHECK(ms("2026-05-04T09:34:05-05:30") == 1'777'907'045'000);
    CHECK(ms("2026-05-04T15:04") == 1'777'907'040'000);
    CHECK(ms("2026-05-04") == 1'777'852'800'000);
    CHECK(ms("2000-02-29") == 951'782'400'000);
}

TEST_CASE("times are read as how long ago")
{
    CHECK(ms("90s") == now - 90'000);
    CHECK(ms("30m") == now - 1'800'000);
    CHECK(ms("2h") == now - 7'200'000);
    CHECK(ms("7d") == now - 604'800'000);
    CHECK(ms("1w") == now - 604'800'000);
    CHECK(ms("1h30m") == now - 5'400'000);
}

TEST_CASE("what is no time is not taken for one")
{
    for (char const* text :
         {"", "7", "yesterday", "2026", "2026-13-01", "2026-02-29", "2026-5-4", "2026-05-04T", "2026-05-04T25:00",
          "2026-05-04T15", "2026-05-04T15:60", "2026-05-04T15:04:05.", "2026-05-04T15:04:05+2", "2026-05-04T15:04:05Zx",
          "2026-05-04x", "-2h", "2y", "99999999999999999999h", "2h ago"}) {
        INFO(text);
        CHECK_FALSE(read_time(text, now).has_value());
    }
}
