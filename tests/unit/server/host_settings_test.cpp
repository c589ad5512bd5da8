#include "server/commands/host_settings.hpp"

#include "agent/credentials.hpp"

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

TEST_CASE("every client's settings name the host and where to go, and only nsupdate's have the key as it is")
{
    auto const a = access();
    REQUIRE(client_names().size() == 11);
    for (auto const client : client_names()) {
        auto const text = settings_for(client, a);
        INFO(client);
        CHECK(text.find("home.example.com") != text.npos);
        CHECK(text.ends_with('\n'));
        bool const by_dns = client == "nsupdate";
        bool const is_agent = client == "agent"; // its token holds the key, and more
        CHECK((text.find("AQEBAQEB") != text.npos) == by_dns);
        CHECK((text.find("abcdefgh") != text.npos) == !(by_dns || is_agent));
        CHECK((text.find("dyn.example.com:8443") != text.npos) == !is_agent); // nsupdate's asks it for the address
        CHECK(text.find("pinned") == text.npos);
    }
    CHECK(settings_for("fax", a).empty());
}

TEST_CASE("the agent's token holds the server, the host, its key, and how often a lease wants to hear of it")
{
    auto a = access();
    a.ttl = 30;
    a.expire = 4000;
    auto const text = settings_for("agent", a);
    auto const at = text.find("hj1-");
    auto const read = agent::read_token(std::string_view{text}.substr(at, text.find('\n') - at));
    auto const* const found = std::get_if<agent::credentials>(&read);
    REQUIRE(found != nullptr);
    CHECK(found->host == "home.example.com");
    CHECK(found->server == "ns1.example.com");
    CHECK(found->key.secret == a.key.secret);
    CHECK(found->key.key_name == a.key.key_name);
    CHECK(found->ttl == 30);
    CHECK(found->refresh == 1000);
}

TEST_CASE("a FRITZ!Box sends its prefix for a host that keeps its identifier, and its own address for others")
{
    auto a = access();
    CHECK(settings_for("fritzbox", a).find("myipv6=<ip6addr>") != std::string::npos);
    a.has_suffix = true;
    CHECK(settings_for("fritzbox", a).find("ip6lanprefix=<ip6lanprefix>") != std::string::npos);
}

TEST_CASE("settings for a certificate that no issuer vouches for say how to tell it")
{
    auto a = access();
    a.pin = "sha256//abc=";
    for (auto const* const client : {"nsupdate", "curl", "systemd", "ddclient"})
        CHECK(settings_for(client, a).find("curl -fsS -k --pinnedpubkey sha256//abc=") != std::string::npos);
    CHECK(settings_for("inadyn", a).find("secure-ssl = false") != std::string::npos);
}

TEST_CASE("where the server cannot be asked, nsupdate sends the machine's own address")
{
    auto a = access();
    a.has_endpoint = false;
    CHECK(settings_for("nsupdate", a).find("/ip)") == std::string::npos);
    CHECK(settings_for("nsupdate", a).starts_with("ADDRESS=$(ip -4 "));
}

TEST_CASE("clients that send each family by itself are told to send both")
{
    auto const a = access();
    CHECK(settings_for("openwrt", a).find("ddns.homing6.use_ipv6='1'") != std::string::npos);
    CHECK(settings_for("ddclient", a).find("curl -fsS -6 https://dyn.example.com:8443/ip") != std::string::npos);
    CHECK(settings_for("inadyn", a).find("allow-ipv6 = true") != std::string::npos);
    CHECK(settings_for("nsupdate", a).find("192.0.2") == std::string::npos);
}
