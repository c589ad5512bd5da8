#include "server/access_token.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

TEST_CASE("a token is found by its hash, until it expires")
{
    auto const token = random_token(), other = random_token();
    CHECK(token.size() == 50);
    CHECK(token != other);
    storage::access_records access;
    access.tokens.push_back({"a", hash_of_token(token), true, {}, 5, 0});
    access.tokens.push_back({"b", hash_of_token(other), false, {}, 5, 100});
    REQUIRE(find_token(access, token, 1000));
    CHECK(find_token(access, token, 1000)->name == "a");
    CHECK(find_token(access, other, 99));
    CHECK_FALSE(find_token(access, other, 100));
    CHECK_FALSE(find_token(access, token + "x", 1000));
    CHECK_FALSE(find_token(access, "", 1000));
    CHECK_FALSE(find_token({}, token, 1000));
}

TEST_CASE("the header of a token")
{
    CHECK(read_bearer("Bearer abc") == "abc");
    CHECK(read_bearer("bEARER  abc") == "abc");
    CHECK_FALSE(read_bearer("Bearer"));
    CHECK_FALSE(read_bearer("Basic abc"));
    CHECK_FALSE(read_bearer(""));
}

TEST_CASE("names of tokens")
{
    CHECK(is_token_name("backup-2.a_B"));
    for (auto const* const wrong : {"", "a b", "a/b", "\xc3\xa4"})
        CHECK_FALSE(is_token_name(wrong));
    CHECK(is_token_name(std::string(63, 'a')));
    CHECK_FALSE(is_token_name(std::string(64, 'a')));
}
