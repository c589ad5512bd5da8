#include "agent/memory_file.hpp"
#include "agent/options.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::agent;
using namespace std::chrono_literals;

namespace {

std::string a_token(std::string server = "192.0.2.1")
{
    credentials c;
    c.key = {*dns::name::from_text("home.example.com"), dns::tsig_algorithm::hmac_sha256, std::vector<std::uint8_t>(32, 1)};
    c.host = "home.example.com";
    c.server = std::move(server);
    c.ttl = 120;
    c.refresh = 3600;
    return to_token(c);
}

std::variant<settings, fault> read(std::vector<std::string> words)
{
    auto const given = read_words(words);
    if (auto const* const f = std::get_if<fault>(&given))
        return *f;
    return read_settings(std::get<given_options>(given), "/nowhere/resolv.conf");
}

settings good(std::vector<std::string> words)
{
    words.insert(words.begin(), {"--join", a_token()});
    auto made = read(std::move(words));
    if (auto const* const f = std::get_if<fault>(&made))
        FAIL(f->why);
    return std::get<settings>(std::move(made));
}

std::string why(std::vector<std::string> words)
{
    auto const made = read(std::move(words));
    REQUIRE(std::holds_alternative<fault>(made));
    return std::get<fault>(made).why;
}

} // namespace

TEST_CASE("a token says it all")
{
    auto const s = good({});
    CHECK(s.host == *dns::name::from_text("home.example.com"));
    CHECK(s.key->key_name() == *dns::name::from_text("home.example.com"));
    CHECK(s.servers == std::vector{*endpoint::from_text("192.0.2.1")});
    CHECK(s.ttl == 120);
    CHECK(s.refresh == 1h);
    CHECK(s.is_wanted[0]);
    CHECK(s.is_wanted[1]);
    CHECK_FALSE(s.asks);
    CHECK(s.resolvers().size() == 1);
}

TEST_CASE("options count more than the token")
{
    auto const s = good({"--server", "ns2.example.com:5300", "--host=other.example.com", "--ttl=1h30m", "--refresh", "10d",
                         "--ipv6", "--ask", "--interval", "5m", "--remove-lost", "--once", "--interface", "wan", "--prefix",
                         "2001:db8::/32", "--site", "--state=/s"});
    CHECK(s.servers.empty());
    CHECK(s.server_name == *dns::name::from_text("ns2.example.com"));
    CHECK(s.server_port == 5300);
    CHECK(s.host == *dns::name::from_text("other.example.com"));
    CHECK(s.ttl == 5400);
    CHECK(s.refresh == 240h);
    CHECK_FALSE(s.is_wanted[0]);
    CHECK(s.is_wanted[1]);
    CHECK(s.asks);
    CHECK(s.interval == 5min);
    CHECK(s.removes_lost);
    CHECK(s.once);
    CHECK(s.interface == "wan");
    CHECK(s.rules.prefixes.size() == 1);
    CHECK(s.rules.site_too);
    CHECK(s.state_file == "/s");
    CHECK(good({"--server", "192.0.2.7", "--server", "[2001:db8::7]:54"}).servers.size() == 2);
}

TEST_CASE("what is wrong with the words is said")
{
    CHECK(why({}).find("--join") != std::string::npos);
    CHECK(why({"--jion", "x"}).find("--jion") != std::string::npos);
    CHECK(why({"--join"}).find("wants a value") != std::string::npos);
    CHECK(why({"--once=1"}).find("no value") != std::string::npos);
    CHECK(why({"--ttl", "1", "--ttl", "2"}).find("twice") != std::string::npos);
    CHECK(why({"--join", "hj1-x"}).find("not whole") != std::string::npos);
    CHECK(why({"--key-file", "/nowhere/key"}).find("No such file") != std::string::npos);
    CHECK(why({"--join", a_token(), "--key-file", "x"}).find("either") != std::string::npos);
    for (auto const* option : {"--server=", "--server=a b", "--server=192.0.2.1:0", "--server=[::1", "--server=ns1.example.com:x",
                               "--host=a..b", "--host=", "--interval=0", "--interval=x", "--interval=99999999999d", "--ttl=1y",
                               "--prefix=203.0.113.0", "--refresh=0"})
        CHECK_FALSE(why({"--join", a_token(), option}).empty());
    CHECK_FALSE(why({"--join", a_token(), "--server", "a.example", "--server", "b.example"}).empty());
    CHECK_FALSE(why({"--join", a_token(), "--server", "a.example", "--server", "192.0.2.1"}).empty());
}

TEST_CASE("the resolvers are those of resolv.conf")
{
    auto const found =
        read_resolvers("# nameserver 192.0.2.9\nsearch example.com\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 # x\n"
                       "nameserver nonsense\nnameserver fe80::1%eth0\nnameserver 192.0.2.2\nnameserver 192.0.2.3");
    REQUIRE(found.size() == 3);
    CHECK(found[0].to_string() == "192.0.2.1:53");
    CHECK(found[1].to_string() == "[2001:db8::1]:53");
    CHECK(found[2].to_string() == "192.0.2.2:53");
    CHECK(read_resolvers("").front().to_string() == "127.0.0.1:53");
}

TEST_CASE("what is remembered comes back, for the same host")
{
    auto const host = *dns::name::from_text("home.example.com");
    CHECK(read_memory(to_memory(1'700'000'000, host), host) == 1'700'000'000U);
    CHECK_FALSE(read_memory(to_memory(1'700'000'000, host), *dns::name::from_text("other.example.com")));
    for (auto const* text : {"", "homing-agent-1", "homing-agent-1 home.example.com", "homing-agent-1 home.example.com x",
                             "homing-agent-2 home.example.com 1", "homing-agent-1 home.example.com 1 nonsense",
                             "homing-agent-1 home.example.com -1"})
        CHECK_FALSE(read_memory(text, host));
}
