#include "agent/credentials.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

using namespace homing;
using namespace homing::agent;

namespace {

credentials good(std::variant<credentials, fault> read)
{
    if (auto const* const f = std::get_if<fault>(&read))
        FAIL(f->why);
    return std::get<credentials>(std::move(read));
}

std::string why(std::variant<credentials, fault> const& read)
{
    REQUIRE(std::holds_alternative<fault>(read));
    return std::get<fault>(read).why;
}

credentials example()
{
    credentials c;
    c.key = {*dns::name::from_text("home.example.com"), dns::tsig_algorithm::hmac_sha256, std::vector<std::uint8_t>(32, 0xFB)};
    c.host = "home.example.com";
    c.server = "ns1.example.com:5300";
    c.ttl = 60;
    c.refresh = 86400;
    return c;
}

} // namespace

TEST_CASE("a key is read from BIND's statement, with comments and in any layout")
{
    auto const c =
        good(read_credentials("# made by hand\n// more\n/* and\nmore */ KEY \"home.example.com.\" {\n\talgorithm hmac-sha512;\n"
                              "\tsecret \"c2VjcmV0\";\n};\n"));
    CHECK(c.key.key_name == *dns::name::from_text("home.example.com"));
    CHECK(c.key.algorithm == dns::tsig_algorithm::hmac_sha512);
    CHECK(c.key.secret == std::vector<std::uint8_t>{'s', 'e', 'c', 'r', 'e', 't'});
    CHECK(c.host.empty());
    CHECK(good(read_credentials("key k{secret c2VjcmV0;algorithm HMAC-MD5.SIG-ALG.REG.INT;};")).key.algorithm ==
          dns::tsig_algorithm::hmac_md5);
}

TEST_CASE("a key is read from one line")
{
    auto const c = good(read_credentials("hmac-sha256:home.example.com:c2VjcmV0\n"));
    CHECK(c.key.key_name == *dns::name::from_text("home.example.com"));
    CHECK(c.key.secret.size() == 6);
}

TEST_CASE("what is no key is said without its secret")
{
    for (auto const* text :
         {"", "#", "key", "key {", "key k { algorithm hmac-sha256; };", "key k { secret \"c2VjcmV0\"; };",
          "key k { algorithm hmac-sha256; secret \"c2VjcmV0\"; ",
          "key k { algorithm hmac-sha256; algorithm hmac-sha256; secret \"c2VjcmV0\"; };",
          "key k { algorithm hmac-sha256 secret \"c2VjcmV0\"; };", "key \"k { algorithm hmac-sha256; secret c2VjcmV0; };",
          "key k { algorithm hmac-sha999; secret \"c2VjcmV0\"; };", "key k..k { algorithm hmac-sha256; secret \"c2VjcmV0\"; };",
          "key k { algorithm hmac-sha256; secret \"c2VjcmV0!\"; };", "key k { algorithm hmac-sha256; secret \"\"; };",
          "home:c2VjcmV0", "hmac-sha256:home:", "/* key k { algorithm hmac-sha256; secret \"c2VjcmV0\"; };", "c2VjcmV0"}) {
        INFO(text);
        auto const said = why(read_credentials(text));
        CHECK_FALSE(said.empty());
        CHECK(said.find("c2Vj") == said.npos);
    }
}

TEST_CASE("a token comes back as it was, and a part of one is found out")
{
    auto const token = to_token(example());
    auto const c = good(read_token(token));
    CHECK(c.host == "home.example.com");
    CHECK(c.server == "ns1.example.com:5300");
    CHECK(c.key.secret == example().key.secret);
    CHECK(c.key.algorithm == dns::tsig_algorithm::hmac_sha256);
    CHECK(c.ttl == 60);
    CHECK(c.refresh == 86400);
    CHECK(good(read_credentials("# a token\n" + token + "\n")).host == c.host);
    for (std::size_t size = 0; size < token.size(); ++size)
        CHECK_FALSE(why(read_token(token.substr(0, size))).empty());
    for (std::size_t at = 4; at < token.size(); at += 5) {
        auto wrong = token;
        wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
        CHECK_FALSE(why(read_token(wrong)).empty());
    }
    auto without_server = example();
    without_server.server.clear();
    CHECK(good(read_token(to_token(without_server))).server.empty());
}

TEST_CASE("a file that others can read is not taken")
{
    char path[] = "/tmp/homing-key-XXXXXX";
    int const fd = ::mkstemp(path);
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, "text", 4) == 4);
    for (auto const& [mode, is_good] :
         {std::pair{0600, true}, {0400, true}, {0640, true}, {0644, false}, {0660, false}, {0604, false}}) {
        REQUIRE(::fchmod(fd, static_cast<mode_t>(mode)) == 0);
        auto const read = read_private_file(path);
        CHECK(std::holds_alternative<std::string>(read) == is_good);
        if (is_good)
            CHECK(std::get<std::string>(read) == "text");
    }
    ::close(fd);
    std::remove(path);
    CHECK(std::get<fault>(read_private_file(path)).why.find("No such file") != std::string::npos);
}
