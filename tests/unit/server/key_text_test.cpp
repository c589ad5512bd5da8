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
    key.grants = {storage::grant::of(storage::preset::host, *dns::name::from_text("home.example.com")), storage::grant::admin()};
    key.grants[0].number = 1;
    key.grants[1].number = 2;
    CHECK(to_key_line(key) == "hmac-sha256:router.example.com:c2VjcmV0");
    CHECK(to_key_file(key, 0) == "# nsupdate -y hmac-sha256:router.example.com:c2VjcmV0\n"
                                 "# grant 1: A and AAAA of home.example.com. alone\n"
                                 "# grant 2: everything\n"
                                 "key \"router.example.com\" {\n"
                                 "\talgorithm hmac-sha256;\n"
                                 "\tsecret \"c2VjcmV0\";\n"
                                 "};\n");
}

TEST_CASE("a key is printed with its state, and never with an old secret")
{
    storage::key_record key;
    key.key_name = *dns::name::from_text("k");
    key.secret = octets("secret");
    key.is_disabled = true;
    key.expires = 1'700'000'000;
    key.retired = storage::retired_secret{dns::tsig_algorithm::hmac_md5, octets("former"), 1'700'000'000};
    key.last_use = {1'600'000'000, "192.0.2.1#53124", "update"};
    auto const text = to_key_file(key, 1'700'000'000);
    CHECK(text.find("# disabled") != std::string::npos);
    CHECK(text.find("# expired 2023-11-14T22:13:20Z\n") != std::string::npos);
    CHECK(text.find("good until 2023-11-14T22:13:20Z\n") != std::string::npos);
    CHECK(text.find("# last used 2020-09-13T12:26:40Z from 192.0.2.1#53124 for update\n") != std::string::npos);
    CHECK(text.find(to_base64(octets("former"))) == std::string::npos);
    CHECK(to_key_file(key, 1'600'000'000).find("# expires 2023") != std::string::npos);
    CHECK(to_key_file(key, 1'700'000'001).find("good until") == std::string::npos);
}
