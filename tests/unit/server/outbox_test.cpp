#include "server/outbox.hpp"

#include <catch2/catch_test_macros.hpp>

#include <thread>

using namespace homing::server;

TEST_CASE("the worker is woken once for a batch that has something for it")
{
    int woken = 0;
    outbox box{[&] { ++woken; }};
    box.push({});
    box.push({});
    CHECK(woken == 0);
    box.batch_ended();
    CHECK(woken == 1);
    CHECK(box.take().size() == 2);
    CHECK(box.take().empty());
    box.batch_ended();
    CHECK(woken == 1);
    box.push({});
    box.batch_ended();
    CHECK(woken == 2);
}

TEST_CASE("outcomes come out in the order they went in")
{
    outbox box{[] {}};
    for (std::uint32_t serial = 1; serial <= 3; ++serial) {
        finished_update one;
        one.outcome.serial = serial;
        box.push(std::move(one));
    }
    auto const taken = box.take();
    REQUIRE(taken.size() == 3);
    CHECK(taken[0].outcome.serial == 1);
    CHECK(taken[2].outcome.serial == 3);
}

TEST_CASE("nothing is lost between two threads")
{
    constexpr std::uint32_t count = 10000;
    outbox box{[] {}};
    std::thread writer{[&] {
        for (std::uint32_t i = 0; i < count; ++i)
            box.push({});
    }};
    std::size_t taken = 0;
    while (taken < count)
        taken += box.take().size();
    writer.join();
    CHECK(taken == count);
}
