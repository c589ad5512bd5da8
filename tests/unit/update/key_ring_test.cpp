#include "tests/support/served_zones.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using update::key_state;

namespace {

bool has_admin(update::key_ring const& ring, char const* key)
{
    auto const* k = ring.find(tests::name(key));
    return k != nullptr && !k->grants->empty() && k->grants->by_number().front().preset == storage::preset::admin;
}

} // namespace

TEST_CASE("Keys are found by name in any case, and a ring without keys finds none")
{
    update::key_ring const empty, none{std::vector<storage::key_record>{}};
    CHECK(empty.find(tests::name("k.")) == nullptr);
    CHECK(none.find(tests::name("k.")) == nullptr);
    std::vector<storage::key_record> many;
    for (int i = 0; i < 300; ++i)
        many.push_back(tests::key("key" + std::to_string(i) + ".", {"h" + std::to_string(i) + ".example.com."}));
    update::key_ring const ring{many};
    REQUIRE(ring.size() == 300);
    for (int i = 0; i < 300; ++i) {
        auto const* k = ring.find(tests::name("KEY" + std::to_string(i) + "."));
        REQUIRE(k != nullptr);
        CHECK(k->grants->by_number().front().where == tests::name("h" + std::to_string(i) + ".example.com."));
    }
    CHECK(ring.find(tests::name("key300.")) == nullptr);
    auto const sorted = ring.sorted();
    REQUIRE(sorted.size() == 300);
    for (std::size_t i = 1; i < 300; ++i)
        CHECK(sorted[i - 1]->key_name().compare(sorted[i]->key_name()) < 0);
}

TEST_CASE("A ring with a key added, replaced or removed shares the keys that stayed")
{
    update::key_ring const one{std::vector{tests::key("a.", {}), tests::key("b.", {})}};
    auto const two = one.with(tests::key("A.", {"*"})).with(tests::key("aa.", {}));
    CHECK(two.size() == 3);
    CHECK(has_admin(two, "a."));
    CHECK(two.find(tests::name("b."))->key == one.find(tests::name("b."))->key);
    CHECK_FALSE(has_admin(one, "a."));
    auto const three = two.without(tests::name("B.")).without(tests::name("c."));
    CHECK(three.size() == 2);
    CHECK(three.find(tests::name("b.")) == nullptr);
}

TEST_CASE("Of several keys with one name the last one counts")
{
    update::key_ring const ring{std::vector{tests::key("a.", {}), tests::key("b.", {}), tests::key("A.", {"*"})}};
    CHECK(ring.size() == 2);
    CHECK(has_admin(ring, "a."));
}

TEST_CASE("A key that is prepared again keeps the secrets that stayed")
{
    auto record = tests::key("a.", {});
    update::granted_key const before{record};
    record.retired = storage::retired_secret{record.algorithm, record.secret, 100};
    record.secret = tests::bytes(32, 8);
    update::granted_key const after{record, &before};
    CHECK(after.retired == before.key);
    CHECK(after.key->secret() == record.secret);
    CHECK(after.has_retired(100));
    CHECK_FALSE(after.has_retired(101));
    CHECK_FALSE(before.has_retired(0));
    update::granted_key const same{after.record(), &after};
    CHECK((same.key == after.key && same.retired == after.retired && same.retired_until == 100));
}

TEST_CASE("A key is valid until it is disabled or expires")
{
    auto record = tests::key("a.", {});
    CHECK(update::granted_key{record}.state(1'000'000'000'000) == key_state::valid);
    record.expires = 1000;
    CHECK(update::granted_key{record}.state(999) == key_state::valid);
    CHECK(update::granted_key{record}.state(1000) == key_state::expired);
    record.is_disabled = true;
    CHECK(update::granted_key{record}.state(999) == key_state::disabled);
}
