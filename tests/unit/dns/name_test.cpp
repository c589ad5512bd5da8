#include "dns/name.hpp"

#include "tests/support/bytes.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace homing;
using namespace homing::dns;
using test::operator""_n;

namespace {

std::string repeated(std::string_view part, std::size_t times)
{
    std::string s;
    while (times-- != 0)
        s += part;
    return s;
}

/// The order of RFC 4034 6.1, from its text and without haste.
bool is_before(name_view a, name_view b)
{
    auto const labels = [](name_view n) {
        std::vector<std::vector<std::uint8_t>> out;
        for (; !n.is_root(); n = n.parent()) {
            out.emplace_back(n.first_label().begin(), n.first_label().end());
            for (auto& c : out.back())
                c = lower(c);
        }
        std::reverse(out.begin(), out.end());
        return out;
    };
    return labels(a) < labels(b);
}

name random_name(std::mt19937& random)
{
    static constexpr std::string_view letters = "aAbBzZ@[`{0\xFF";
    name n;
    for (std::size_t labels = random() % 6; labels != 0; --labels) {
        std::uint8_t label[8];
        label[0] = static_cast<std::uint8_t>(1 + random() % 5);
        for (std::size_t i = 1; i <= label[0]; ++i)
            label[i] = static_cast<std::uint8_t>(letters[random() % letters.size()]);
        label[label[0] + 1] = 0;
        n = *name::join({label, label[0] + 2U}, n);
    }
    return n;
}

} // namespace

TEST_CASE("a name keeps its case and compares without it")
{
    CHECK("WWW.Example.Com"_n.to_string() == "WWW.Example.Com.");
    CHECK("WWW.Example.Com"_n == "www.example.com."_n);
    CHECK("www.example.com"_n != "www.example.org"_n);
    CHECK("WWW.Example.Com"_n.to_lower().to_string() == "www.example.com.");
}

TEST_CASE("only ASCII letters have a case")
{
    CHECK("@"_n != "`"_n);
    CHECK("["_n != "{"_n);
    CHECK("\\193"_n != "\\225"_n);
    constexpr std::uint64_t ones = 0x0101010101010101;
    for (unsigned c = 0; c < 256; ++c) {
        CHECK(lower8(ones * c) == ones * lower(static_cast<std::uint8_t>(c)));
    }
}

TEST_CASE("the final dot may be left out, and the root is a dot")
{
    CHECK("example.com"_n == "example.com."_n);
    CHECK("."_n.view().is_root());
    CHECK("."_n.to_string() == ".");
}

TEST_CASE("text that is not a name gives nothing")
{
    auto const bad = GENERATE(as<std::string>{}, "", "..", "a..b", ".a", "a\\", "a\\25", "a\\256", "a\\2x5");
    CHECK_FALSE(name::from_text(bad));
}

TEST_CASE("a label has at most 63 octets and a name 255")
{
    CHECK(name::from_text(repeated("x", 63)));
    CHECK_FALSE(name::from_text(repeated("x", 64)));
    std::string const longest = repeated(repeated("x", 63) + ".", 3) + repeated("y", 61);
    REQUIRE(name::from_text(longest));
    CHECK(name::from_text(longest)->size() == 255);
    CHECK_FALSE(name::from_text(longest + "y"));
    CHECK(name::from_text(repeated("a.", 127))->view().label_count() == 127);
    CHECK_FALSE(name::from_text(repeated("a.", 128)));
}

TEST_CASE("what is special in a zone file is escaped and reads back")
{
    auto const n = R"(a\.b\032\000\255\;\".c\\d)"_n;
    CHECK(n.view().label_count() == 2);
    CHECK(n.to_string() == R"(a\.b\032\000\255\;\".c\\d.)");
    CHECK(name::from_text(n.to_string()) == n);
}

TEST_CASE("only whole labels make a subdomain")
{
    CHECK("a.Example.com"_n.view().is_subdomain_of("example.COM"_n));
    CHECK("example.com"_n.view().is_subdomain_of("example.com"_n));
    CHECK_FALSE("example.com"_n.view().is_below("example.com"_n));
    CHECK("example.com"_n.view().is_below("."_n));
    CHECK_FALSE("notexample.com"_n.view().is_subdomain_of("example.com"_n));
    CHECK_FALSE("com"_n.view().is_subdomain_of("example.com"_n));
    CHECK_FALSE(R"(x\007example.com)"_n.view().is_subdomain_of("example.com"_n));
}

TEST_CASE("labels can be counted, taken off and asked for")
{
    auto const n = "*.a.example.com"_n;
    CHECK(n.view().label_count() == 4);
    CHECK(n.view().is_wildcard());
    CHECK_FALSE(n.view().parent().is_wildcard());
    CHECK(n.view().parent() == "a.example.com"_n);
    CHECK(n.view().suffix(2) == "example.com"_n);
    CHECK(n.view().suffix(0).is_root());
    CHECK(n.view().suffix(4) == n);
    CHECK(name::join("a.b"_n, "c.d"_n) == "a.b.c.d"_n);
}

TEST_CASE("two names that would be too long together are not joined")
{
    auto const half = *name::from_text(repeated("abc.", 32)); // 129 octets
    CHECK_FALSE(name::join(half, half));
    CHECK(name::join(half, half.view().parent())->size() == 253);
}

TEST_CASE("names are in the order of RFC 4034 6.1")
{
    std::vector<name> const ordered{"example"_n,           "a.example"_n,      "yljkjljk.a.example"_n,
                                    "Z.a.example"_n,       "zABC.a.EXAMPLE"_n, "z.example"_n,
                                    R"(\001.z.example)"_n, "*.z.example"_n,    R"(\200.z.example)"_n};
    for (std::size_t i = 0; i < ordered.size(); ++i)
        for (std::size_t j = 0; j < ordered.size(); ++j) {
            int const c = ordered[i].view().compare(ordered[j]);
            CHECK((c < 0) == (i < j));
            CHECK((c == 0) == (i == j));
        }
}

TEST_CASE("the order and equality of random names are those of their labels")
{
    std::mt19937 random{4034};
    for (int i = 0; i < 20000; ++i) {
        name const a = random_name(random), b = random_name(random);
        bool const before = is_before(a, b), after = is_before(b, a);
        CHECK((a.view().compare(b) < 0) == before);
        CHECK((a.view().compare(b) > 0) == after);
        CHECK((a == b) == (!before && !after));
        CHECK(name::from_text(a.to_string()) == a);
    }
}

TEST_CASE("bytes from outside are a name only if they end in the root")
{
    CHECK(name_view::parse(test::hex("01 61 00 ff"))->size() == 3);
    CHECK_FALSE(name_view::parse(test::hex("")));
    CHECK_FALSE(name_view::parse(test::hex("01")));
    CHECK_FALSE(name_view::parse(test::hex("01 61")));
    CHECK_FALSE(name_view::parse(test::hex("40 61 00")));
    CHECK_FALSE(name_view::parse(test::hex("c0 00")));
    test::octets too_long(300, 1);
    too_long[256] = 0;
    CHECK_FALSE(name_view::parse(too_long));
    too_long[254] = 0;
    CHECK(name_view::parse(too_long)->size() == 255);
}
