#include "server/command_line.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>

using namespace homing::server;

namespace {

using variables = std::map<std::string, std::string>;

auto read(std::vector<std::string> const& words, variables const& set = {})
{
    return read_command_line(words, [&](char const* name) {
        auto const it = set.find(name);
        return it == set.end() ? nullptr : it->second.c_str();
    });
}

invocation read_good(std::vector<std::string> const& words, variables const& set = {})
{
    auto asked = read(words, set);
    if (auto const* const wrong = std::get_if<usage_answer>(&asked))
        FAIL(wrong->text);
    return std::get<invocation>(asked);
}

usage_answer read_bad(std::vector<std::string> const& words, variables const& set = {})
{
    auto asked = read(words, set);
    REQUIRE(std::holds_alternative<usage_answer>(asked));
    return std::get<usage_answer>(asked);
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("words go to the parameters of their command")
{
    auto const asked = read_good({"zone", "add", "example.com", "--ns", "ns1.example.com=192.0.2.1", "--ns", "ns2.example.net"});
    CHECK(asked.what->path == "zone add");
    CHECK(asked.given.one("ORIGIN") == "example.com");
    CHECK(asked.given.all("--ns") == list{"ns1.example.com=192.0.2.1", "ns2.example.net"});
    CHECK_FALSE(asked.given.has("--contact"));
}

TEST_CASE("--data stands before or behind the command, the environment and the default behind it")
{
    CHECK(read_good({"zone", "list"}).data_directory == "/var/lib/homing");
    CHECK(read_good({"zone", "list"}, {{"HOMING_DATA", "/env"}}).data_directory == "/env");
    CHECK(read_good({"zone", "list"}, {{"HOMING_DATA", ""}}).data_directory == "/var/lib/homing");
    CHECK(read_good({"--data", "/a", "zone", "list"}, {{"HOMING_DATA", "/env"}}).data_directory == "/a");
    CHECK(read_good({"zone", "--data", "/a", "list"}).data_directory == "/a");
    CHECK(read_good({"zone", "list", "--data=/a"}).data_directory == "/a");
    CHECK(read_good({"--data", "/a", "zone", "list", "--data", "/b"}).data_directory == "/b");
}

TEST_CASE("an option takes one word each time, and leaves the next ones alone")
{
    auto const asked = read_good({"key", "add", "--grant", "a.example", "--grant", "*", "router", "--data", "/d"});
    CHECK(asked.given.one("NAME") == "router");
    CHECK(asked.given.all("--grant") == list{"a.example", "*"});
}

TEST_CASE("all that follows the type of a record set is rdata")
{
    auto const asked = read_good({"record", "set", "www.example.com", "60", "MX", "10", "mail.example.com.", "--data", "/d"});
    CHECK(asked.given.all("RDATA") == list{"10", "mail.example.com."});
    CHECK(asked.data_directory == "/d");
    auto const negative = read_good({"record", "set", "a", "60", "LOC", "52", "N", "4", "E", "-2.00m"});
    CHECK(negative.given.all("RDATA").back() == "-2.00m");
    auto const dashed = read_good({"record", "set", "a", "60", "TXT", "--", "-all", "--data"});
    CHECK(dashed.given.all("RDATA") == list{"-all", "--data"});
}

TEST_CASE("words that are commands elsewhere, brackets and empty words are plain words")
{
    CHECK(read_good({"zone", "add", "list"}).given.one("ORIGIN") == "list");
    CHECK(read_good({"key", "show", "version"}).given.one("KEY") == "version");
    CHECK(read_good({"record", "list", "zone", "set"}).given.one("NAME") == "set");
    auto const asked = read_good({"record", "set", "a", "60", "TXT", "", "[a,b]", "{}"});
    CHECK(asked.given.all("RDATA") == list{"", "[a,b]", "{}"});
    CHECK(read_good({"serve", "--listen", "[::1]:53", "--listen", "[::1]"}).given.all("--listen") == list{"[::1]:53", "[::1]"});
}

TEST_CASE("a variable stands for each option that is not given")
{
    CHECK(read_good({"serve"}, {{"HOMING_WORKERS", "2"}}).given.one("--workers") == "2");
    CHECK(read_good({"serve", "--workers", "1"}, {{"HOMING_WORKERS", "2"}}).given.all("--workers") == list{"1"});
    CHECK(read_good({"serve"}, {{"HOMING_LISTEN", " 127.0.0.1:53, [::1]:53 *:5300,"}}).given.all("--listen") ==
          list{"127.0.0.1:53", "[::1]:53", "*:5300"});
    CHECK(read_good({"zone", "import"}, {{"HOMING_ALL", "/zones"}}).given.one("--all") == "/zones");
    CHECK_FALSE(read_good({"zone", "import", "a", "b"}, {{"HOMING_ALL", "/zones"}}).given.has("--all"));
}

TEST_CASE("a flag is on or off, and takes no word")
{
    CHECK(read_good({"history", "--json", "example.com"}).given.has("--json"));
    CHECK(read_good({"history", "--json", "example.com"}).given.one("NAME") == "example.com");
    CHECK_FALSE(read_good({"history", "--json=false"}).given.has("--json"));
    CHECK(read_good({"history"}, {{"HOMING_JSON", "1"}}).given.has("--json"));
    CHECK_FALSE(read_good({"history"}, {{"HOMING_JSON", "no"}}).given.has("--json"));
    CHECK(help("history").find("[--json]") != std::string::npos);
}

TEST_CASE("help is there on every level and is no mistake")
{
    for (list const& words : {list{"--help"}, list{"-h"}, list{"zone", "--help"}, list{"zone", "add", "--help"},
                              list{"record", "set", "a", "-h"}, list{"serve", "--help"}, list{"--version"}}) {
        auto const said = read_bad(words);
        CHECK(said.code == exit_code::done);
        CHECK_FALSE(said.text.empty());
    }
    CHECK(read_bad({"zone", "add", "--help"})
              .text.find("usage: homing zone add ORIGIN [--ns NAME[=ADDR]]... [--contact MAILBOX]") == 0);
    CHECK(read_bad({"key", "add", "--help"}).text.find("HOMING_ALGORITHM") != std::string::npos);
}

TEST_CASE("every line of help fits on a terminal of a usual width")
{
    for (auto const& c : all_commands()) {
        std::string const text = help(c.path);
        for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != text.npos; start = end + 1)
            CHECK(end - start <= 132);
    }
}

TEST_CASE("what is wrong is named, with the nearest right word")
{
    auto const says = [](list const& words, std::string const& part) {
        auto const said = read_bad(words);
        CHECK(said.code == exit_code::misused);
        INFO(said.text);
        CHECK(said.text.find(part) != std::string::npos);
    };
    says({}, "usage: homing COMMAND");
    says({"zone"}, "usage: homing zone COMMAND");
    says({"zon", "list"}, "there is no command 'zon'; did you mean 'zone'?");
    says({"zone", "lst"}, "there is no command 'lst'; did you mean 'list'?");
    says({"frobnicate"}, "there is no command 'frobnicate'");
    says({"zone", "add"}, "ORIGIN is missing");
    says({"zone", "list", "more"}, "'more' is one word too many");
    says({"zone", "export", "a", "b"}, "'b' is one word too many");
    says({"serve", "--lisen", "x"}, "did you mean '--listen'?");
    says({"record", "set", "a", "60", "TXT", "-all"}, "comes after --");
    says({"record", "set", "a", "60", "A"}, "RDATA is missing");
    says({"serve", "--workers", "1", "--workers", "2"}, "--workers can be given once only");
    says({"zone", "add", "a", "--ns"}, "--ns");
}
