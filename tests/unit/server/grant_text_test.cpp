#include "server/commands/grant_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using namespace homing;
using namespace homing::server;
using dns::rr_type;
using storage::preset;

namespace {

struct option {
    char const* name;
    char const* value = "true";
};

dns::result<storage::grant> read(std::string_view where, std::initializer_list<option> options = {})
{
    arguments given;
    for (auto const& o : options)
        given.add(o.name, o.value);
    return read_grant(where, given);
}

std::string words(std::string_view where, std::initializer_list<option> options = {})
{
    auto const g = read(where, options);
    return g ? to_words(*g) : "refused: " + g.error().message;
}

bool is_refused(std::string_view where, std::initializer_list<option> options, char const* part)
{
    auto const g = read(where, options);
    return !g && g.error().message.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a grant is written as it is given")
{
    CHECK(words("Home.Example.com") == "home.example.com.");
    CHECK(words("exact:example.com.") == "exact:example.com.");
    CHECK(words("example.com", {{"--exact"}}) == "exact:example.com.");
    CHECK(words("example.com", {{"--preset", "external-dns"}}) == "example.com. --preset external-dns");
    CHECK(words("exact:a.example.com", {{"--preset", "host"}}) == "a.example.com. --preset host");
    CHECK(words("*") == "'*'");
    CHECK(words("*", {{"--preset", "admin"}}) == "'*'");
    CHECK(words(".", {{"--preset", "admin"}}) == "'*'");
    CHECK(words(".") == ".");
    CHECK(words("exact:.", {{"--types", "NS"}}) == "exact:. --types NS");
    CHECK(words("_acme-challenge.*.example.com", {{"--types", "TXT"}}) == "'_acme-challenge.*.example.com.' --types TXT");
    CHECK(words("\\*.example.com", {{"--types", "TXT,a"}, {"--types", "TYPE65280,A"}}) ==
          "'\\*.example.com.' --types A,TXT,TYPE65280");
    CHECK(words("\\042.example.com") == "'\\*.example.com.'");
    CHECK(words("example.com", {{"--types", "A,ANY"}, {"--apex"}}) == "example.com. --types ANY --apex");
    CHECK(words("exact:example.com", {{"--apex"}}) == "exact:example.com.");
    CHECK(words("example.com", {{"--may", "transfer"}}) == "example.com. --may transfer");
    CHECK(words("example.com", {{"--may", "query,update"}, {"--may", "transfer"}}) == "example.com. --may update,transfer,query");
    CHECK(words("it's.example.com") == "'it'\\''s.example.com.'");
    CHECK(words("exact\\:a.example") == "'exact\\:a.example.'");
    CHECK(words("*.") == "'*.'");
}

TEST_CASE("what is written reads back as the same grant")
{
    for (char const* const where :
         {"home.example.com", "exact:a.example", "*.example", "a.*.*.example", "\\*.example", "a.\\*.b", ".", "exact:.", "*",
          "a\\.b.example", "a\\000b.example", "exact\\:a.example", "exact:exact\\:a.b", "**.x", "\\\\*.x", "*."}) {
        auto const g = read_where(where);
        REQUIRE(g.has_value());
        auto const again = read_where(to_where(*g));
        REQUIRE(again.has_value());
        CHECK(again->is_like(*g));
    }
}

TEST_CASE("stars are labels, escaped ones and parts of labels are not")
{
    auto const g = *read_where("a.*.\\*.x*.example.com");
    CHECK(g.where.to_string() == "a.*.*.x*.example.com.");
    CHECK(g.any == storage::label_set{1U << 4});
}

TEST_CASE("what makes no sense is refused, with what does")
{
    CHECK(is_refused("a..b", {}, "empty label"));
    CHECK(is_refused("a.example", {{"--preset", "hosts"}}, "host, acme"));
    CHECK(is_refused("a.example", {{"--preset", "host"}, {"--types", "A"}}, "exclude"));
    CHECK(is_refused("a.example", {{"--preset", "zone"}, {"--apex"}}, "exclude"));
    CHECK(is_refused("exact:a.example", {{"--preset", "zone"}}, "exclude"));
    CHECK(is_refused("a.example", {{"--preset", "admin"}}, "WHERE is '*'"));
    CHECK(is_refused("*", {{"--preset", "zone"}}, "everything"));
    CHECK(is_refused("*", {{"--types", "A"}}, "everything"));
    CHECK(is_refused("a.example", {{"--types", "NONSENSE"}}, "NONSENSE"));
    CHECK(is_refused("a.example", {{"--types", "AXFR"}}, "AXFR"));
    CHECK(is_refused("a.example", {{"--types", ","}}, "at least"));
    CHECK(is_refused("a.example", {{"--may", "write"}}, "write"));
    CHECK(is_refused("a.example", {{"--may", ","}}, "--may"));
    CHECK(is_refused("a.example", {{"--may", "transfer"}, {"--types", "A"}}, "about updates"));
}

TEST_CASE("a grant is explained")
{
    auto const meaning = [](auto... a) { return to_meaning(*read(a...)); };
    CHECK(meaning("a.example", std::initializer_list<option>{{"--preset", "host"}}) == "A and AAAA of a.example. alone");
    CHECK(meaning("exact:a.example", std::initializer_list<option>{{"--types", "MX,TXT"}}) == "MX, TXT of a.example. alone");
    CHECK(meaning("example", std::initializer_list<option>{{"--may", "transfer"}}) == "transfer of example. and all below it");
    CHECK(meaning("example", std::initializer_list<option>{{"--apex"}}) ==
          "all but SOA, NS and DNSSEC's types of example. and all below it, a zone's apex too");
    CHECK(meaning("*") == "everything");
}

TEST_CASE("the least grant for a name names it alone, a wildcard's owner too")
{
    CHECK(least_grant(*dns::name::from_text("www.example.com"), "A,AAAA") == "exact:www.example.com. --types A,AAAA");
    CHECK(least_grant(*dns::name::from_text("*.example.com"), "A") == "'exact:\\*.example.com.' --types A");
}

TEST_CASE("words for a shell are quoted where they must be")
{
    CHECK(shell_word("a-b_c.example:1") == "a-b_c.example:1");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("$(x)`y`\"") == "'$(x)`y`\"'");
    CHECK(shell_word("'") == "''\\'''");
}

TEST_CASE("a grant as JSON says what its words say")
{
    auto const listed = to_json_object(*read("exact:a.example", {{"--types", "A,MX"}}));
    CHECK(listed["where"] == "exact:a.example.");
    CHECK(listed["types"] == nlohmann::ordered_json::array({"A", "MX"}));
    CHECK(listed["apex"] == true);
    CHECK(listed["may"] == nlohmann::ordered_json::array({"update"}));
    auto const usual = to_json_object(*read("a.example"));
    CHECK(usual["types"].is_null());
    CHECK(usual["apex"] == false);
    auto const of_preset = to_json_object(*read("a.example", {{"--preset", "external-dns"}}));
    CHECK(of_preset["preset"] == "external-dns");
    CHECK(of_preset["may"] == nlohmann::ordered_json::array({"update", "transfer"}));
    CHECK_FALSE(of_preset.contains("types"));
}
