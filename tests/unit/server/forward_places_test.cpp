#include "server/forward_places.hpp"

#include <catch2/catch_all.hpp>

using homing::server::forward_places;

TEST_CASE("updates whose signature nobody could verify leave room for others", "[forward_places]")
{
    forward_places p;
    for (std::size_t i = 0; i < forward_places::most_unverified_of_client; ++i)
        REQUIRE(p.take("192.0.2.1"));
    CHECK_FALSE(p.take("192.0.2.1"));
    std::size_t others = 0;
    while (p.take("192.0.2." + std::to_string(2 + others / 2)))
        ++others;
    CHECK(others == forward_places::most_unverified - forward_places::most_unverified_of_client);
    std::size_t verified = 0;
    while (p.take(""))
        ++verified;
    CHECK(verified == forward_places::most - forward_places::most_unverified);
    p.give_back("192.0.2.1");
    CHECK(p.take("192.0.2.1"));
}
