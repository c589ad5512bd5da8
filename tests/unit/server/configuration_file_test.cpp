#include "server/configuration_file.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;

namespace {

using list = std::vector<std::string>;

configuration_file read_good(std::string_view text)
{
    auto file = parse_configuration(text, "homing.toml", all_settings());
    if (!file)
        FAIL(file.error().message);
    return *file;
}

std::string read_bad(std::string_view text)
{
    auto const file = parse_configuration(text, "homing.toml", all_settings());
    REQUIRE_FALSE(file.has_value());
    return file.error().message;
}

} // namespace

TEST_CASE("every setting is a key, and each kind of value is taken where it belongs")
{
    for (auto const& s : all_settings()) {
        std::string const key{s.key()};
        auto const file = read_good("# a comment\n" + key + (s.is_flag() ? " = true" : " = \"word\"") + '\n');
        REQUIRE(file.values.count(key) == 1);
        CHECK(file.values.at(key).words == list{s.is_flag() ? "true" : "word"});
        CHECK(file.values.at(key).line == 2);
        CHECK(file.place(key) == "homing.toml:2: " + key);
    }
    auto const file =
        read_good("listen = [\"192.0.2.1:53\", '[2001:db8::1]:53']\nworkers = 4\naddress = []\nhttp-plain = false\n");
    CHECK(file.values.at("listen").words == list{"192.0.2.1:53", "[2001:db8::1]:53"});
    CHECK(file.values.at("workers").words == list{"4"});
    CHECK(file.values.at("address").words.empty());
    CHECK(file.values.at("http-plain").words == list{"false"});
    CHECK(read_good("").values.empty());
}

TEST_CASE("a key that is no setting is refused with its line and the nearest that is one")
{
    CHECK(read_bad("workers = 1\nlisten_ = []\n") == "homing.toml:2: there is no setting 'listen_'; did you mean 'listen'?");
    CHECK(read_bad("http_plain = true\n") == "homing.toml:1: there is no setting 'http_plain'; did you mean 'http-plain'?");
    CHECK(read_bad("\n\nxyzzyplughfrotz = 1\n") ==
          "homing.toml:3: there is no setting 'xyzzyplughfrotz'; 'homing configuration' shows those there are");
    CHECK(read_bad("[server]\nlisten = []\n").starts_with("homing.toml:1: there is no setting 'server'"));
    CHECK(read_bad("config = \"other.toml\"\n").starts_with("homing.toml:1: there is no setting 'config'"));
}

TEST_CASE("a value of the wrong kind is refused with its line")
{
    CHECK(read_bad("http-plain = \"yes\"\n") == "homing.toml:1: http-plain wants true or false");
    CHECK(read_bad("\nworkers = [1, 2]\n") == "homing.toml:2: workers wants a string");
    CHECK(read_bad("workers = 1.5\n") == "homing.toml:1: workers wants a string");
    CHECK(read_bad("listen = true\n") == "homing.toml:1: listen wants a string, or a list of strings");
    CHECK(read_bad("listen = [\"a\", [\"b\"]]\n") == "homing.toml:1: listen wants a string, or a list of strings");
    CHECK(read_bad("http.listen = \"a\"\n") == "homing.toml:1: http wants a string, or a list of strings");
}

TEST_CASE("what is not TOML is refused with its line")
{
    CHECK(read_bad("workers = 1\nlisten = = 3\n").starts_with("homing.toml:2: "));
    CHECK(read_bad("workers = 1\nworkers = 2\n").starts_with("homing.toml:2: "));
    CHECK(read_bad("listen = [\"a\"").starts_with("homing.toml:1: "));
    CHECK(read_bad("\xff\xfe").starts_with("homing.toml:"));
    std::string deep = "listen = ";
    deep.append(100'000, '[');
    CHECK(read_bad(deep).starts_with("homing.toml:1: "));
}

TEST_CASE("a device counts as an empty file, a directory as none")
{
    CHECK(read_configuration("/dev/null", all_settings())->values.empty());
    CHECK(read_configuration("/tmp", all_settings()).error().message == "/tmp: Is a directory");
    CHECK(read_configuration("/not/there", all_settings()).error().message == "/not/there: No such file or directory");
}
