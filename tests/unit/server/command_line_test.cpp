#include "server/command_line.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>

#include <stdlib.h>
#include <unistd.h>

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
    says({"zone", "list", "a", "more"}, "'more' is one word too many");
    says({"zone", "export", "a", "b"}, "'b' is one word too many");
    says({"serve", "--lisen", "x"}, "did you mean '--listen'?");
    says({"record", "set", "a", "60", "TXT", "-all"}, "comes after --");
    says({"record", "set", "a", "60", "A"}, "RDATA is missing");
    says({"serve", "--workers", "1", "--workers", "2"}, "--workers can be given once only");
    says({"zone", "add", "a", "--ns"}, "--ns");
}

namespace {

/// A file that is gone when this is.
class settings_file {
public:
    explicit settings_file(std::string const& text)
    {
        char name[] = "/tmp/homing-settings-XXXXXX";
        int const fd = ::mkstemp(name);
        REQUIRE(fd >= 0);
        REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(fd);
        name_ = name;
    }
    ~settings_file() { ::unlink(name_.c_str()); }
    std::string const& name() const { return name_; }

private:
    std::string name_;
};

} // namespace

TEST_CASE("A flag counts more than a variable, a variable more than the file, and the source is known")
{
    settings_file const file{"listen = [\"192.0.2.1:53\", \"192.0.2.2:53\"]\nworkers = 3\ndata = \"/file\"\nhttp-plain = true\n"};
    auto const from_file = read_good({"serve", "--config", file.name()});
    CHECK(from_file.given.all("--listen") == list{"192.0.2.1:53", "192.0.2.2:53"});
    CHECK(from_file.given.one("--workers") == "3");
    CHECK(from_file.given.has("--http-plain"));
    CHECK(from_file.data_directory == "/file");
    CHECK(from_file.given.source("--workers") == file.name() + ":2: workers");
    auto const from_variable = read_good({"serve"}, {{"HOMING_CONFIG", file.name()},
                                                     {"HOMING_WORKERS", "4"},
                                                     {"HOMING_DATA", "/variable"},
                                                     {"HOMING_HTTP_PLAIN", "no"},
                                                     {"HOMING_LISTEN", ""}});
    CHECK(from_variable.given.one("--workers") == "4");
    CHECK(from_variable.given.source("--workers") == "HOMING_WORKERS");
    CHECK(from_variable.data_directory == "/variable");
    CHECK_FALSE(from_variable.given.has("--http-plain"));
    CHECK(from_variable.given.all("--listen").size() == 2); // an empty variable counts as none
    auto const from_flag = read_good({"--config", file.name(), "serve", "--workers", "5", "--data", "/flag", "--http-plain=no"},
                                     {{"HOMING_WORKERS", "4"}, {"HOMING_DATA", "/variable"}, {"HOMING_CONFIG", "/not/there"}});
    CHECK(from_flag.given.all("--workers") == list{"5"});
    CHECK(from_flag.given.source("--workers") == "--workers");
    CHECK(from_flag.data_directory == "/flag");
    CHECK_FALSE(from_flag.given.has("--http-plain"));
}

TEST_CASE("Other commands take from the file what is theirs")
{
    settings_file const file{"data = \"/file\"\nurl = \"https://dyn.example.com\"\nworkers = 2\n"};
    auto const asked = read_good({"host", "show", "home.example.com"}, {{"HOMING_CONFIG", file.name()}});
    CHECK(asked.given.one("--url") == "https://dyn.example.com");
    CHECK_FALSE(asked.given.has("--workers"));
    CHECK(asked.data_directory == "/file");
}

TEST_CASE("What has the name of a setting and means something else takes neither its variable nor its key")
{
    settings_file const file{"zone = \"example.com\"\n"};
    variables const set{{"HOMING_ZONE", "example.com"}, {"HOMING_CONFIG", file.name()}, {"HOMING_LISTEN", "127.0.0.1:5353"}};
    CHECK_FALSE(read_good({"status"}, set).given.has("--zone"));
    CHECK(read_good({"status", "--zone", "example.net"}, set).given.one("--zone") == "example.net");
    CHECK(help("status").find("HOMING_ZONE") == std::string::npos);
    CHECK(read_good({"healthcheck"}, set).given.one("--listen") == "127.0.0.1:5353");
    CHECK(read_good({"serve", "--address", "192.0.2.1"}, set).given.one("--zone") == "example.com");
}

TEST_CASE("The usual file may be missing, one that is named may not")
{
    auto const none = [](char const*) -> char const* { return nullptr; };
    settings_file const file{"workers = 7\n"};
    list const words{"serve"};
    auto const with = read_command_line(words, none, file.name());
    CHECK(std::get<invocation>(with).given.one("--workers") == "7");
    CHECK(std::holds_alternative<invocation>(read_command_line(words, none, "/not/there/homing.toml")));
    CHECK(read_bad({"serve", "--config", "/not/there/homing.toml"}).text.find("/not/there/homing.toml: No such file") !=
          std::string::npos);
    CHECK(read_bad({"serve"}, {{"HOMING_CONFIG", "/not/there/homing.toml"}}).code == exit_code::misused);
}

TEST_CASE("Variables that stand for nothing are complained about, with the nearest that does")
{
    std::vector<std::string_view> const names{"HOMING_LISTN", "HOMING_DATA",        "HOMING_CONFIG",       "HOMING_NS",
                                              "PATH",         "HOMING_PORT_53_UDP", "HOMING_SERVICE_HOST", "HOMING_XYZZYPLUGH",
                                              "HOMING_ZONE"};
    CHECK(complaints_about(names) == list{"the variable HOMING_LISTN stands for nothing; did you mean HOMING_LISTEN?",
                                          "the variable HOMING_XYZZYPLUGH stands for nothing"});
}
