#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::storage;
using namespace homing::storage::test;

TEST_CASE("Secondaries are stored as they are, in the order in which they came")
{
    temporary_directory const directory;
    secondary_record const one{name("zz.example."), {"192.0.2.1:53", "[2001:db8::1]:5300"}, name("catalog.invalid."), 5};
    secondary_record const two{name("aa.example."), {"127.0.0.1:53"}, name("catalog.invalid."), 6};
    {
        auto const s = open(directory.data());
        operation const both[] = {secondary_put{&one}, secondary_put{&two}};
        REQUIRE(s->commit(both));
    }
    auto const s = open(directory.data());
    auto const all = s->load_secondaries();
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].name == one.name);
    CHECK((*all)[0].addresses == one.addresses);
    CHECK((*all)[0].catalog == one.catalog);
    CHECK((*all)[0].since_ms == 5);
    CHECK((*all)[1].name == two.name);
    operation const gone[] = {secondary_removed{one.name}};
    REQUIRE(s->commit(gone));
    CHECK(s->load_secondaries()->size() == 1);
}

TEST_CASE("A damaged secondary is named, not skipped")
{
    temporary_directory const directory;
    open(directory.data());
    {
        connection c{directory.database()};
        c.execute("INSERT INTO secondary VALUES (x'FF', '127.0.0.1:53', x'00', 1)");
    }
    auto const all = open(directory.data())->load_secondaries();
    REQUIRE_FALSE(all);
    CHECK(all.error().message.find("damaged") != std::string::npos);
}
