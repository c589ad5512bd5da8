#include "tests/unit/storage/temporary_store.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace homing;
using namespace homing::storage;
using namespace homing::storage::test;
using Catch::Matchers::Contains;

namespace {

std::string refusal_to_load(std::string const& data)
{
    auto s = open(data);
    loaded_zones sink;
    auto const r = s->load(sink);
    return r ? std::string{} : r.error().message;
}

} // namespace

TEST_CASE("a damaged row is refused with its zone, owner and type")
{
    temporary_directory const dir;
    {
        auto s = open(dir.data());
        put(*s, small_zone("example.com", 1), 1);
    }
    auto const tamper = [&](char const* sql) { connection{dir.database()}.execute(sql); };
    std::string expected = "type 1 at h1.example.com. in zone example.com.";
    SECTION("rdata too short for its type")
    {
        tamper("UPDATE rrset SET records = x'00030A0000' WHERE name = x'026831'");
    }
    SECTION("a record longer than what there is")
    {
        tamper("UPDATE rrset SET records = x'00050A000001' WHERE name = x'026831'");
    }
    SECTION("half a length")
    {
        tamper("UPDATE rrset SET records = x'00040A00000100' WHERE name = x'026831'");
    }
    SECTION("no record")
    {
        tamper("UPDATE rrset SET records = x'' WHERE name = x'026831'");
    }
    SECTION("a TTL that is none")
    {
        tamper("UPDATE rrset SET ttl = -5 WHERE name = x'026831'");
    }
    SECTION("a type that is none")
    {
        tamper("UPDATE rrset SET type = 70000 WHERE name = x'026831'");
        expected = "type 70000 at h1.example.com. in zone example.com.";
    }
    SECTION("a type that is a question")
    {
        tamper("UPDATE rrset SET type = 255 WHERE name = x'026831'");
        expected = "type 255 at h1.example.com. in zone example.com.";
    }
    SECTION("an owner in upper case")
    {
        tamper("UPDATE rrset SET name = x'024831' WHERE name = x'026831'");
        expected = "type 1 at H1.example.com. in zone example.com.";
    }
    SECTION("an owner that is no name")
    {
        tamper("UPDATE rrset SET name = x'056831' WHERE name = x'026831'");
        expected = "type 1 at \"056831\" (hexadecimal) in zone example.com.";
    }
    SECTION("an owner that is too long")
    {
        tamper("UPDATE rrset SET name = zeroblob(300) WHERE name = x'026831'");
        expected = "in zone example.com.";
    }
    SECTION("a zone's name that is none")
    {
        tamper("UPDATE zone SET apex = x'09'");
        expected = "the name of zone number 1";
    }
    SECTION("records of no zone")
    {
        tamper("PRAGMA foreign_keys = OFF; DELETE FROM zone");
        expected = "a zone number 1, which does not exist";
    }
    CHECK_THAT(refusal_to_load(dir.data()), Contains(expected) && Contains("is damaged") && Contains("restore it from a backup"));
}

TEST_CASE("what a sink throws comes through, and the store can be loaded again")
{
    temporary_directory const dir;
    auto s = open(dir.data());
    put(*s, small_zone("example.com", 1), 1);
    struct enough {};
    class stopping : public loaded_zones {
        void rrset(octets, dns::rr_type, std::uint32_t, octets) override { throw enough{}; }
    } sink;
    CHECK_THROWS_AS(s->load(sink), enough);
    CHECK(load(*s).size() == 1);
    auto const contents = small_zone("example.net", 1);
    CHECK(put(*s, contents, 1) > 0);
}
