#include "server/commands/command.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <set>

using namespace homing::server;

TEST_CASE("the table names each command once and each of its parameters once")
{
    std::set<std::string_view> paths;
    for (auto const& c : all_commands()) {
        CHECK(paths.insert(c.path).second);
        CHECK_FALSE(c.summary.empty());
        std::set<std::string_view> names;
        for (auto const& p : c.parameters) {
            CHECK(names.insert(p.name).second);
            CHECK((p.is_option() || p.value.empty()));
            CHECK((!p.is_flag() || p.many == parameter::count::optional));
        }
        std::size_t const space = c.path.find(' ');
        CHECK((space == c.path.npos || !group_summary(c.path.substr(0, space)).empty()));
    }
    CHECK(find_command("zone add") != nullptr);
    CHECK(find_command("zone") == nullptr);
}

TEST_CASE("arguments from elsewhere are held against the table")
{
    command const& add = *find_command("zone add");
    CHECK(misuse(add, arguments{{{"ORIGIN", {"a"}}, {"--ns", {"b", "c"}}}}).empty());
    CHECK(misuse(add, arguments{{{"--ns", {"b"}}}}) == "ORIGIN is missing");
    CHECK(misuse(add, arguments{{{"ORIGIN", {"a", "b"}}}}) == "ORIGIN can be given once only");
    CHECK(misuse(add, arguments{{{"ORIGIN", {"a"}}, {"--secret", {"b"}}}}) == "'zone add' takes no --secret");
    CHECK(misuse(add, arguments{{{"ORIGIN", {}}}}) == "ORIGIN is missing");
}

TEST_CASE("an option's variable is its name in capitals")
{
    CHECK(parameter{"--data", "DIR", ""}.environment_variable() == "HOMING_DATA");
    CHECK(parameter{"--ipv6-suffix", "X", ""}.environment_variable() == "HOMING_IPV6_SUFFIX");
}

TEST_CASE("the nearest word is near")
{
    constexpr std::array<std::string_view, 3> known{"list", "remove", "export"};
    CHECK(nearest("lst", known) == "list");
    CHECK(nearest("exprot", known) == "export");
    CHECK(nearest("frobnicate", known).empty());
    CHECK(nearest(std::string(100000, 'x'), known).empty());
}
