#include "server/listen_address.hpp"

#include <catch2/catch_test_macros.hpp>

using homing::server::listen_address;

namespace {

std::string parsed(std::string_view text)
{
    auto const result = listen_address::parse(text);
    if (!result)
        return "failure";
    std::string all;
    for (auto const& address : result->addresses)
        all += (all.empty() ? "" : " ") + address.to_string();
    return all;
}

} // namespace

TEST_CASE("an address with a port is bound as it stands")
{
    CHECK(parsed("127.0.0.1:5300") == "127.0.0.1:5300");
    CHECK(parsed("0.0.0.0:53") == "0.0.0.0:53");
    CHECK(parsed("[::1]:53") == "[::1]:53");
    CHECK(parsed("[2001:db8::1]:0") == "[2001:db8::1]:0");
}

TEST_CASE("without an address both families are meant")
{
    CHECK(parsed("*:53") == "0.0.0.0:53 [::]:53");
    CHECK(parsed(":5353") == "0.0.0.0:5353 [::]:5353");
    CHECK(listen_address::parse("*:53")->is_any_family);
    CHECK_FALSE(listen_address::parse("[::]:53")->is_any_family);
    CHECK(listen_address::everywhere().addresses.size() == 2);
}

TEST_CASE("without a port it is 53")
{
    CHECK(parsed("127.0.0.1") == "127.0.0.1:53");
    CHECK(parsed("[::1]") == "[::1]:53");
    CHECK(parsed("2001:db8::1") == "[2001:db8::1]:53");
    CHECK(parsed("*") == "0.0.0.0:53 [::]:53");
}

TEST_CASE("what is no numeric address and port is refused with what would be right")
{
    for (auto text : {"", "localhost:53", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:5x", "[::1]53", "[::1",
                      "[127.0.0.1]:53", "127.0.0.256:53", "[]:53", "[fe80::1%no-such-interface]:53", "127.0.0.1:53 "}) {
        INFO(text);
        auto const result = listen_address::parse(text);
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error().message.find("127.0.0.1:5300") != std::string::npos);
    }
}
