#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;

namespace {

void commit(store& s, operation const& op)
{
    REQUIRE(s.commit({&op, 1}).has_value());
}

token_record make(char const* name, std::uint8_t fill)
{
    token_record t;
    t.name = name;
    t.hash.fill(fill);
    return t;
}

} // namespace

TEST_CASE("tokens and settings are stored, replaced by the next of their name, and removed")
{
    temporary_directory const dir;
    auto first = make("b", 1);
    auto const second = make("a", 2);
    {
        auto s = open(dir.data());
        commit(*s, token_put{&first});
        commit(*s, token_put{&second});
        first.is_read_only = true;
        first.below = {*dns::name::from_text("a.example"), *dns::name::from_text("b.example")};
        first.created = 10;
        first.expires = 20;
        commit(*s, token_put{&first});
        commit(*s, setting_put{"x", "1"});
        commit(*s, setting_put{"x", "2"});
    }
    auto s = open(dir.data());
    auto const all = s->load_access();
    REQUIRE(all.has_value());
    REQUIRE(all->tokens.size() == 2);
    CHECK(all->tokens[0].name == "a");
    CHECK(all->tokens[0].hash == second.hash);
    CHECK(all->tokens[1].is_read_only);
    CHECK(all->tokens[1].below == first.below);
    CHECK(all->tokens[1].created == 10);
    CHECK(all->tokens[1].expires == 20);
    CHECK(all->settings == std::map<std::string, std::string>{{"x", "2"}});
    commit(*s, token_removed{"a"});
    CHECK(s->load_access()->tokens.size() == 1);
}
