#include "server/public_url.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;

namespace {

http_listener_address at(char const* address, std::uint16_t port, bool is_tls)
{
    return {*socket_address::from_text(address, port), is_tls};
}

std::string url(std::vector<http_listener_address> const& addresses, http_options const& options = {})
{
    return public_url(options, addresses);
}

} // namespace

TEST_CASE("where clients go follows from what is listened on")
{
    CHECK(url({}).empty());
    CHECK(url({at("0.0.0.0", 443, true)}) == "https://{}");
    CHECK(url({at("0.0.0.0", 8443, true), at("0.0.0.0", 80, false)}) == "https://{}:8443");
    CHECK(url({at("0.0.0.0", 8080, false), at("192.0.2.1", 443, true)}) == "https://{}");
    CHECK(url({at("127.0.0.1", 8080, false)}) == "http://127.0.0.1:8080");
    CHECK(url({at("::1", 8443, true)}) == "https://localhost:8443");
    CHECK(url({at("192.0.2.1", 80, false)}) == "http://{}");
}

TEST_CASE("a proxy is there for TLS, and what the operator says counts most")
{
    http_options options;
    options.proxies.push_back(address_range::parse("127.0.0.1").value());
    CHECK(url({at("127.0.0.1", 8080, false)}, options) == "https://{}");
    CHECK(url({at("0.0.0.0", 8443, true)}, options) == "https://{}:8443");
    options.url = "https://dyn.example.com/";
    CHECK(url({at("127.0.0.1", 8080, false)}, options) == "https://dyn.example.com/");
}

TEST_CASE("what is remembered gets the server's name")
{
    homing::storage::access_records memory;
    CHECK(remembered_url(memory, "ns1.example.com") == "https://ns1.example.com");
    memory.settings[url_setting] = "";
    CHECK(remembered_url(memory, "ns1.example.com") == "https://ns1.example.com");
    memory.settings[url_setting] = "http://{}:8080";
    CHECK(remembered_url(memory, "ns1.example.com") == "http://ns1.example.com:8080");
    memory.settings[url_setting] = "https://dyn.example.com/";
    CHECK(remembered_url(memory, "ns1.example.com") == "https://dyn.example.com");
}
