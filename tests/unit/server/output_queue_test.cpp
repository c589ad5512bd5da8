#include "server/output_queue.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using homing::server::output_queue;

TEST_CASE("octets leave in the order they came, however they are taken")
{
    output_queue queue;
    std::vector<std::uint8_t> const first{1, 2, 3}, second{4, 5};
    queue.append(first);
    queue.sent(2);
    queue.append(second);
    CHECK(std::ranges::equal(queue.waiting(), std::vector<std::uint8_t>{3, 4, 5}));
    CHECK(queue.size() == 3);
    queue.sent(3);
    CHECK(queue.empty());
    queue.append(second);
    CHECK(std::ranges::equal(queue.waiting(), second));
}

TEST_CASE("a message carries its length before it")
{
    output_queue queue;
    std::vector<std::uint8_t> const message(0x0123, 7);
    queue.append_message(message);
    REQUIRE(queue.size() == 0x0125);
    CHECK(queue.waiting()[0] == 0x01);
    CHECK(queue.waiting()[1] == 0x23);
    CHECK(queue.waiting()[2] == 7);
}
