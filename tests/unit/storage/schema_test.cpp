#include "storage/schema.hpp"
#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fstream>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;
using Catch::Matchers::Contains;

namespace {

void write_file(std::string const& path, std::string const& text, std::streamoff at = 0)
{
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    if (!file)
        file.open(path, std::ios::out | std::ios::binary);
    file.seekp(at);
    file << text;
}

void make_store(temporary_directory const& dir)
{
    auto s = open(dir.data());
    put(*s, small_zone("example.com", 1, 2000), 1);
}

std::string refused(connection& c, std::span<char const* const> steps)
{
    try {
        migrate(c, "DB", steps);
        return {};
    } catch (refusal const& r) {
        return r.what();
    }
}

} // namespace

TEST_CASE("a store made by a newer homing is refused with both versions")
{
    temporary_directory const dir;
    make_store(dir);
    connection{dir.database()}.execute("PRAGMA user_version = 99");
    auto const sentence = refusal_to_open(dir.data());
    CHECK_THAT(sentence, Contains("newer homing") && Contains("schema version 99") &&
                             Contains("up to " + std::to_string(schema_steps().size())));
    CHECK(connection{dir.database()}.integer("SELECT count(*) FROM zone") == 1);
}

TEST_CASE("another program's database is refused and left as it is")
{
    temporary_directory const dir;
    std::filesystem::create_directory(dir.data());
    SECTION("without an application id")
    {
        connection{dir.database()}.execute("CREATE TABLE cookies (a)");
    }
    SECTION("with one")
    {
        connection{dir.database()}.execute("PRAGMA application_id = 77; PRAGMA user_version = 1");
    }
    auto const size = std::filesystem::file_size(dir.database());
    CHECK_THAT(refusal_to_open(dir.data()), Contains("is not a homing database"));
    CHECK(std::filesystem::file_size(dir.database()) == size);
}

TEST_CASE("what is no database is refused")
{
    temporary_directory const dir;
    std::filesystem::create_directory(dir.data());
    SECTION("text")
    {
        write_file(dir.database(), std::string(100'000, 'x'));
    }
    SECTION("one octet")
    {
        write_file(dir.database(), "S");
    }
    CHECK_THAT(refusal_to_open(dir.data()), Contains("is not a homing database"));
}

TEST_CASE("an empty file is a store that lost everything: refused, and left as it is")
{
    temporary_directory const dir;
    std::filesystem::create_directory(dir.data());
    write_file(dir.database(), "");
    CHECK_THAT(refusal_to_open(dir.data()), Contains("is empty: what it held is lost"));
    CHECK(std::filesystem::file_size(dir.database()) == 0);
}

TEST_CASE("a first start that was cut short is begun again")
{
    temporary_directory const dir;
    std::filesystem::create_directory(dir.data());
    write_file(dir.database() + ".new", "SQLite format 3");
    CHECK(refusal_to_open(dir.data()).empty());
    CHECK_FALSE(std::filesystem::exists(dir.database() + ".new"));
}

TEST_CASE("a damaged database is refused at the latest when it is read")
{
    temporary_directory const dir;
    make_store(dir);
    auto const refused_to_load = [&] {
        auto s = open_sqlite_store(dir.data());
        if (!s)
            return s.error().message;
        loaded_zones sink;
        auto const r = (*s)->load(sink);
        return r ? std::string{} : r.error().message;
    };
    REQUIRE(refused_to_load().empty());
    SECTION("its header")
    {
        write_file(dir.database(), std::string(60, '\xFF'), 16);
    }
    SECTION("its schema")
    {
        write_file(dir.database(), std::string(3996, '\x07'), 100);
    }
    SECTION("its end is missing")
    {
        std::filesystem::resize_file(dir.database(), 40'000);
    }
    SECTION("pages in its middle")
    {
        write_file(dir.database(), std::string(8 * 4096, '\xA5'), 8 * 4096);
    }
    SECTION("a table is missing")
    {
        connection{dir.database()}.execute("DROP TABLE key_grant");
    }
    CHECK_THAT(refused_to_load(), Contains(dir.database()) && Contains("restore it from a backup"));
}

TEST_CASE("steps run once, in order, from wherever a database stands")
{
    temporary_directory const dir;
    connection c{dir.path() + "/steps.db"};
    char const* const steps[] = {"CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)", "INSERT INTO t SELECT max(n) + 1 FROM t",
                                 "INSERT INTO t SELECT max(n) * 10 FROM t"};
    migrate(c, "DB", std::span{steps}.first(1));
    CHECK(c.integer("SELECT sum(n) FROM t") == 1);
    CHECK(c.integer("PRAGMA application_id") == application_id);
    migrate(c, "DB", std::span{steps}.first(1));
    CHECK(c.integer("SELECT sum(n) FROM t") == 1);
    migrate(c, "DB", steps);
    CHECK(c.integer("SELECT sum(n) FROM t") == 1 + 2 + 20);
    CHECK(c.integer("PRAGMA user_version") == 3);
    CHECK_THAT(refused(c, std::span{steps}.first(2)), Contains("schema version 3") && Contains("up to 2"));
}

TEST_CASE("a step that fails leaves the version before")
{
    temporary_directory const dir;
    connection c{dir.path() + "/steps.db"};
    char const* const steps[] = {"CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)", "INSERT INTO no_such VALUES (1)"};
    migrate(c, "DB", std::span{steps}.first(1));
    CHECK_THROWS_AS(migrate(c, "DB", steps), sqlite_error);
    CHECK(c.integer("PRAGMA user_version") == 1);
    CHECK(c.integer("SELECT count(*) FROM t") == 0);
}

TEST_CASE("keys of the second version can do after the third step what they could before")
{
    temporary_directory const dir;
    std::filesystem::create_directory(dir.data());
    {
        connection c{dir.database()};
        migrate(c, "DB", schema_steps().first(2));
        c.execute("INSERT INTO tsig_key VALUES (x'016100', 'hmac-sha256', x'01'), (x'016200', 'hmac-md5', x'02');"
                  "INSERT INTO key_grant VALUES (x'016100', 0, 1, x'00'), (x'016100', 1, 0, x'04686F6D6503636F6D00'),"
                  "(x'016100', 2, 0, x'012A03636F6D00')");
    }
    auto s = open(dir.data());
    auto const keys = s->load_keys();
    REQUIRE(keys);
    REQUIRE(keys->size() == 2);
    auto const& a = keys->front().grants;
    REQUIRE(a.size() == 3);
    CHECK(a[0].is_like(grant::admin()));
    CHECK(a[1].is_like(grant::of(preset::zone, name("home.com"))));
    CHECK(a[2].is_like(grant::of(preset::zone, name("*.com"))));
    CHECK(keys->front().grants_made == 3);
    CHECK((a[0].number == 1 && a[2].number == 3));
    auto const& b = keys->back();
    CHECK((b.grants.empty() && b.grants_made == 0 && b.expires == 0 && !b.is_disabled && !b.retired && b.last_use.time == 0));
    CHECK(connection{dir.database()}.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'old_grant'") == 0);
}
