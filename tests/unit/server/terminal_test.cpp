#include "server/commands/terminal.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;

TEST_CASE("a bar grows from nothing to full and no further")
{
    CHECK(to_bar(0, 10, 10) == "[          ]   0 %");
    CHECK(to_bar(5, 10, 10) == "[#####     ]  50 %");
    CHECK(to_bar(10, 10, 10) == "[##########] 100 %");
    CHECK(to_bar(20, 10, 10) == "[##########] 100 %");
    CHECK(to_bar(7, 0, 10) == "7");
}
