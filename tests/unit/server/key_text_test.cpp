#include "server/commands/key_text.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

std::vector<std::uint8_t> octets(std::string_view text)
{
    return {text.begin(), text.end()};
}

} // namespace

TEST_CASE("base64 goes both ways with every padding")
{
    for (auto const& [plain, encoded] : {std::pair{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
        CHECK(to_base64(octets(plain)) == encoded);
        auto const decoded = from_base64(encoded);
        REQUIRE(decoded.has_value());
        CHECK(*decoded == octets(plain));
    }
    CHECK(to_base64({}).empty());
}

TEST_CASE("what is not base64 is refused without being repeated")
{
    for (std::string_view const text : {"", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm9-", "Zm9v\n", "Zm\xc3\xa4="}) {
        auto const decoded = from_base64(text);
        CHECK_FALSE(decoded.has_value());
        if (!decoded && !text.empty())
            CHECK(decoded.error().message.find(text) == std::string::npos);
    }
    CHECK_FALSE(from_base64(std::string(1U << 20, 'A')).has_value());
}

TEST_CASE("a random secret is as long as the hash and never the same")
{
    CHECK(random_secret(dns::tsig_algorithm::hmac_sha256).size() == 32);
    CHECK(random_secret(dns::tsig_algorithm::hmac_sha512).size() == 64);
    CHECK(random_secret(dns::tsig_algorithm::hmac_sha256) != random_secret(dns::tsig_algorithm::hmac_sha256));
}

TEST_CASE("a key is printed as its users take it")
{
    storage::key_record key;
    key.key_name = *dns::name::from_text("router.example.com");
    key.algorithm = dns::tsig_algorithm::hmac_sha256;
    key.secret = octets("secret");
    key.grants = {storage::grant::of(storage::preset::zone, *dns::name::from_text("home.example.com")), storage::grant::admin()};
    CHECK(to_key_line(key) == "hmac-sha256:router.example.com:c2VjcmV0");
    CHECK(to_key_file(key) == "# nsupdate -y hmac-sha256:router.example.com:c2VjcmV0\n"
                              "# may update home.example.com. and all below it\n"
                              "# may update everything\n"
                              "key \"router.example.com\" {\n"
                              "\talgorithm hmac-sha256;\n"
                              "\tsecret \"c2VjcmV0\";\n"
                              "};\n");
}

TEST_CASE("a grant is a name or everything")
{
    CHECK(read_grant("*")->preset == storage::preset::admin);
    auto const grant = read_grant("Home.Example.com");
    REQUIRE(grant.has_value());
    CHECK(grant->preset == storage::preset::zone);
    CHECK(to_string(*grant) == "home.example.com.");
    CHECK_FALSE(read_grant("a..b").has_value());
}
