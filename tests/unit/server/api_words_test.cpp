#include "server/api_words.hpp"

#include "server/api.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace homing::server;

namespace {

api_route const& route(std::string_view method, std::string_view path)
{
    auto const all = api_routes();
    auto const at = std::find_if(all.begin(), all.end(), [&](auto const& r) { return r.method == method && r.path == path; });
    REQUIRE(at != all.end());
    return *at;
}

std::string fault_of_body(std::string_view body)
{
    api_words words;
    auto const read = read_body(route("POST", "/zones"), body, words);
    return read ? "" : read.error().message;
}

} // namespace

TEST_CASE("every route names a command, parameters that it has, and as many words as its path has places")
{
    for (auto const& r : api_routes()) {
        INFO(r.method << ' ' << r.path);
        auto const* const what = find_command(r.command);
        REQUIRE(what != nullptr);
        CHECK(std::count(r.path.begin(), r.path.end(), '{') == static_cast<std::ptrdiff_t>(r.in_path.size()));
        for (auto const* const fields : {&r.in_path, &r.in_query, &r.in_body})
            for (auto const& f : *fields) {
                INFO(f.name);
                auto const* const p = what->find(f.parameter);
                REQUIRE(p != nullptr);
                CHECK((f.what == api_field::kind::flag) == p->is_flag());
                CHECK((f.what == api_field::kind::texts) == p->may_repeat());
            }
        if (r.listed == api_route::order::by_name)
            CHECK((what->find("--after") != nullptr && what->find("--limit") != nullptr));
        if (r.listed == api_route::order::by_change)
            CHECK((what->find("--before") != nullptr && what->find("--limit") != nullptr));
        for (auto const word : r.words)
            CHECK(what->find(word) != nullptr);
        // What the command needs, the route has: by its path, or as something required.
        for (auto const& p : what->parameters) {
            if (!p.is_needed())
                continue;
            auto const gives = [&](auto const& fields, bool always) {
                return std::any_of(fields.begin(), fields.end(),
                                   [&](auto const& f) { return f.parameter == p.name && (always || f.is_required); });
            };
            CHECK((gives(r.in_path, true) || gives(r.in_query, false) || gives(r.in_body, false)));
        }
        if (!r.shows.empty())
            CHECK(find_command(r.shows)->find(r.shows_parameter) != nullptr);
        CHECK((r.needs != api_route::right::read) == (r.method != "GET" || r.needs == api_route::right::secret));
    }
}

TEST_CASE("a path is taken apart at its slashes, then unescaped")
{
    using parts = std::vector<std::string>;
    CHECK(path_parts("/zones/a%2Fb") == parts{"zones", "a/b"});
    CHECK(path_parts("") == parts{});
    for (auto const* const wrong : {"/", "//", "/a/", "/a//b", "a", "/%", "/%4", "/%zz", "/%00"})
        CHECK(path_parts(wrong).empty());
    parts words;
    CHECK(match_path("/zones/{zone}/records", {"zones", "x", "records"}, words));
    CHECK(words == parts{"x"});
    CHECK_FALSE(match_path("/zones/{zone}/records", {"zones", "x"}, words));
    CHECK_FALSE(match_path("/zones/{zone}", {"zones", "x", "records"}, words));
    CHECK_FALSE(match_path("/zones", {}, words));
}

TEST_CASE("a body gives words; what it says wrong is named")
{
    api_words words;
    REQUIRE(read_body(route("POST", "/hosts"), R"({"name": "a.example", "ttl": 60, "expire": "30d", "ipv6_suffix": null})", words).has_value());
    CHECK(words.words.one("NAME") == "a.example");
    CHECK(words.words.one("--ttl") == "60");
    CHECK(words.words.one("--expire") == "30d");
    CHECK_FALSE(words.words.has("--ipv6-suffix"));
    CHECK(fault_of_body(R"({"name": "a", "name_servers": ["b", "c"]})").empty());
    CHECK(fault_of_body("").find("'name' is missing") != std::string::npos);
    CHECK(fault_of_body("[1]").find("not a JSON object") != std::string::npos);
    CHECK(fault_of_body(R"({"nane": "a"})").find("is 'name' meant?") != std::string::npos);
    CHECK(fault_of_body(R"({"name": 5})").find("must be a string") != std::string::npos);
    CHECK(fault_of_body(R"({"name": "a", "name_servers": "b"})").find("list of strings") != std::string::npos);
}

TEST_CASE("a query gives words, a limit and a cursor")
{
    auto const& r = route("GET", "/history");
    api_words words;
    REQUIRE(read_query(r, "name=a.example&below=true&limit=7&after=12", words).has_value());
    CHECK(words.words.has("--below"));
    CHECK(words.limit == 7);
    CHECK(words.after == "12");
    for (auto const* const wrong : {"limit=0", "limit=1001", "limit=", "limit=7x", "below=1", "name=a&name=b", "no=1"}) {
        api_words other;
        INFO(wrong);
        CHECK_FALSE(read_query(r, wrong, other).has_value());
    }
    api_words other;
    CHECK_FALSE(read_query(route("GET", "/status"), "limit=5", other).has_value());
}
