#include "server/user.hpp"

#include <catch2/catch_test_macros.hpp>

using homing::server::to_user;

TEST_CASE("a user has a name, or a number")
{
    CHECK(to_user(0) == "user:root");
    CHECK(to_user(4'000'000'017) == "user:4000000017");
}
