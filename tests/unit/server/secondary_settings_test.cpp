#include "server/commands/secondary_settings.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

primary_access access_at(std::string address)
{
    primary_access a{std::move(address), 5300, "catalog.invalid", {}};
    a.key.key_name = *dns::name::from_text("ns2.example.");
    a.key.algorithm = dns::tsig_algorithm::hmac_sha256;
    a.key.secret.assign(32, 0);
    return a;
}

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("Each stanza says where this server is, by which key, and what the catalog is called")
{
    for (auto const server : secondary_names()) {
        auto const text = stanza_for(server, access_at("192.0.2.1"));
        INFO(server << "\n" << text);
        CHECK(has(text, "192.0.2.1"));
        CHECK(has(text, "5300"));
        CHECK(has(text, "ns2.example"));
        CHECK_FALSE(has(text, "ns2.example."));
        CHECK(has(text, "hmac-sha256"));
        CHECK(has(text, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        CHECK(has(text, "catalog.invalid"));
    }
}

TEST_CASE("An IPv6 address stands as each server wants it")
{
    auto const access = access_at("2001:db8::1");
    CHECK(has(stanza_for("knot", access), "address: 2001:db8::1@5300"));
    CHECK(has(stanza_for("bind", access), "2001:db8::1 port 5300"));
    CHECK(has(stanza_for("nsd", access), "2001:db8::1@5300"));
    CHECK(has(stanza_for("homing", access), "homing follow [2001:db8::1]:5300 --key hmac-sha256:ns2.example:"));
}
