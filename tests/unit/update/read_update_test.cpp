#include "tests/support/update_message.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using tests::bytes;
using tests::name;
using tests::update_message;

namespace {

constexpr std::uint16_t in = 1, ch = 3, none = 254, any = 255;
constexpr std::uint16_t a = 1, soa = 6, mx = 15, ixfr = 251, axfr = 252, mailb = 253, any_type = 255, meta = 200;
bytes const address{192, 0, 2, 1};

// One record in a section of an otherwise empty message: its fault, or "" for none.
std::string fault(std::size_t section, std::uint16_t klass, std::uint16_t type, std::uint32_t ttl, bytes const& rdata)
{
    auto const u = update_message{"example.com."}.add(section, name("www.example.com."), klass, type, ttl, rdata).read();
    return u ? "" : u.error().message;
}

bool is_good(std::size_t section, std::uint16_t klass, std::uint16_t type, std::uint32_t ttl, bytes const& rdata)
{
    return fault(section, klass, type, ttl, rdata).empty();
}

} // namespace

TEST_CASE("RFC 2136 2.3: the zone section names a zone by its SOA")
{
    auto const u = update_message{"Example.com."}.read();
    REQUIRE(u.has_value());
    CHECK(u->zone.to_string() == "Example.com.");
    CHECK((u->prerequisites.empty() && u->updates.empty()));
    CHECK_FALSE(update_message("example.com.", a).read().has_value());
    CHECK_FALSE(update_message("example.com.", any_type).read().has_value());
}

TEST_CASE("RFC 2136 3.1.2: a zone of another class is told from a malformed message")
{
    auto const u = update_message{"example.com.", soa, ch}.add(2, name("www.example.com."), ch, a, 0, bytes{1}).read();
    REQUIRE(u.has_value());
    CHECK(u->zone_class == dns::rr_class::ch);
}

TEST_CASE("RFC 2136 2.4: the five forms of prerequisites")
{
    CHECK(is_good(1, any, a, 0, {}));
    CHECK(is_good(1, in, a, 0, address));
    CHECK(is_good(1, none, a, 0, {}));
    CHECK(is_good(1, any, any_type, 0, {}));
    CHECK(is_good(1, none, any_type, 0, {}));
}

TEST_CASE("RFC 2136 3.2: a prerequisite with a TTL, of another class, or with data where none belongs")
{
    CHECK_FALSE(is_good(1, any, a, 1, {}));
    CHECK_FALSE(is_good(1, in, a, 1, address));
    CHECK_FALSE(is_good(1, none, a, 1, {}));
    CHECK_FALSE(is_good(1, ch, a, 0, {}));
    CHECK_FALSE(is_good(1, 0, a, 0, {}));
    CHECK_FALSE(is_good(1, any, a, 0, address));
    CHECK_FALSE(is_good(1, none, a, 0, address));
    CHECK_FALSE(is_good(1, any, any_type, 0, bytes{0}));
    CHECK_FALSE(is_good(1, in, a, 0, {}));
    CHECK_FALSE(is_good(1, in, a, 0, bytes{1, 2, 3}));
}

TEST_CASE("RFC 2136 2.5: the four forms of updates")
{
    CHECK(is_good(2, in, a, 300, address));
    CHECK(is_good(2, any, a, 0, {}));
    CHECK(is_good(2, any, any_type, 0, {}));
    CHECK(is_good(2, none, a, 0, address));
}

TEST_CASE("RFC 2136 3.4.1.2: a deletion with a TTL or wrong data")
{
    CHECK_FALSE(is_good(2, any, a, 1, {}));
    CHECK_FALSE(is_good(2, any, a, 0, address));
    CHECK_FALSE(is_good(2, any, any_type, 1, {}));
    CHECK_FALSE(is_good(2, any, any_type, 0, bytes{0}));
    CHECK_FALSE(is_good(2, none, a, 1, address));
    CHECK_FALSE(is_good(2, none, a, 0, {}));
    CHECK_FALSE(is_good(2, in, a, 300, bytes{1, 2, 3, 4, 5}));
}

TEST_CASE("RFC 2136 3.4.1.2: classes and types that no update has")
{
    CHECK_FALSE(is_good(2, ch, a, 300, address));
    CHECK_FALSE(is_good(2, 0, a, 300, address));
    for (std::uint16_t type : {std::uint16_t{0}, ixfr, axfr, mailb, meta}) {
        CHECK_FALSE(is_good(2, in, type, 300, address));
        CHECK_FALSE(is_good(2, any, type, 0, {}));
        CHECK_FALSE(is_good(2, none, type, 0, address));
    }
    CHECK_FALSE(is_good(2, in, any_type, 300, {}));
    CHECK_FALSE(is_good(2, none, any_type, 0, {}));
    CHECK(is_good(2, in, 65280, 300, bytes{1, 2, 3}));
    CHECK(is_good(2, in, 65280, 300, {}));
}

TEST_CASE("A fault is told with the record and the reason")
{
    CHECK(fault(1, in, a, 60, address) ==
          "Prerequisite 1 (www.example.com. A): the TTL of a prerequisite is not 0 (RFC 2136 2.4).");
    CHECK(fault(2, in, a, 60, bytes{1}) == "Update 1 (www.example.com. A): the data is not what the type asks for.");
}

TEST_CASE("RFC 2181 8: a TTL with the highest bit set is read as zero")
{
    auto const u = update_message{"example.com."}.add(2, name("www.example.com."), in, a, 0x80000001, address).read();
    REQUIRE(u.has_value());
    CHECK(u->updates.at(0).ttl == 0);
    auto const v = update_message{"example.com."}.add(2, name("www.example.com."), in, a, 0x7FFFFFFF, address).read();
    CHECK(v->updates.at(0).ttl == 0x7FFFFFFF);
}

TEST_CASE("Compressed owners and data are read in full")
{
    bytes const compressed_mx{0, 10, 4, 'm', 'a', 'i', 'l', 0xC0, 12};
    auto const u = update_message{"example.com."}.add(2, name("example.com."), in, mx, 300, compressed_mx, true).read();
    REQUIRE(u.has_value());
    auto const expected = tests::record("example.com. 300 MX 10 mail.example.com.");
    CHECK(u->updates.at(0).owner == expected.owner);
    CHECK(u->updates.at(0).rdata == expected.rdata);
}

TEST_CASE("Sections are read in their order, as many records as the header says")
{
    auto const u =
        update_message{"example.com."}
            .add({"yxdomain www.example.com.", "nxrrset www.example.com. AAAA", "delete www.example.com. A",
                  "add www.example.com. 300 A 192.0.2.1", "delete www.example.com. A 192.0.2.2", "delete old.example.com."})
            .read();
    REQUIRE(u.has_value());
    CHECK(u->prerequisites.size() == 2);
    REQUIRE(u->updates.size() == 4);
    CHECK(u->updates[1].ttl == 300);
    CHECK(u->updates[3].owner == name("old.example.com."));
}

TEST_CASE("A message that claims more records than it has, or has more than it claims, is refused")
{
    auto short_one = update_message{"example.com."}.add({"add www.example.com. 300 A 192.0.2.1"});
    short_one.wire[9] = 2;
    CHECK_FALSE(short_one.read().has_value());
    short_one.wire[8] = 0xFF;
    CHECK_FALSE(short_one.read().has_value());
    auto long_one = update_message{"example.com."}.add({"add www.example.com. 300 A 192.0.2.1"});
    long_one.wire[9] = 0;
    CHECK_FALSE(long_one.read().has_value());
}
