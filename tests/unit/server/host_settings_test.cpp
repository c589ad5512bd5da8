#include "server/commands/host_settings.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

host_access access()
{
    host_access a;
    a.host = "home.example.com";
    a.zone = "example.com";
    a.name_server = "ns1.example.com";
    a.url = "https://dyn.example.com:8443";
    a.password = "abcdefgh";
    a.key.key_name = *dns::name::from_text("home.example.com");
    a.key.algorithm = dns::tsig_algorithm::hmac_sha256;
    a.key.secret.assign(32, 1);
    return a;
}

} // namespace

TEST_CASE("every client's settings name the host and where to go, and only nsupdate's have the key")
{
    auto const a = access();
    REQUIRE(client_names().size() == 10);
    for (auto const client : client_names()) {
        auto const text = settings_for(client, a);
        INFO(client);
        CHECK(text.find("home.example.com") != text.npos);
        CHECK(text.ends_with('\n'));
        bool const by_dns = client == "nsupdate";
        CHECK((text.find("AQEBAQEB") != text.npos) == by_dns);
        CHECK((text.find("abcdefgh") != text.npos) != by_dns);
        CHECK((text.find("dyn.example.com:8443") != text.npos) != by_dns);
    }
    CHECK(settings_for("fax", a).empty());
}

TEST_CASE("a FRITZ!Box sends its prefix for a host that keeps its identifier, and its own address for others")
{
    auto a = access();
    CHECK(settings_for("fritzbox", a).find("myipv6=<ip6addr>") != std::string::npos);
    a.has_suffix = true;
    CHECK(settings_for("fritzbox", a).find("ip6lanprefix=<ip6lanprefix>") != std::string::npos);
}
