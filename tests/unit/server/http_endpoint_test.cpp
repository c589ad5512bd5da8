#include "server/http_endpoint.hpp"

#include "server/commands/key_text.hpp"
#include "tests/unit/update/running_writer.hpp"
#include "update/host_password.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

std::string base64(std::string const& text)
{
    return to_base64({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

struct endpoint_test {
    tests::observed_writer w;
    std::string password;

    endpoint_test()
    {
        storage::key_record key;
        key.key_name = tests::name("home.example.com.");
        key.algorithm = dns::tsig_algorithm::hmac_sha256;
        key.secret.assign(32, 1);
        password = update::host_password(key.secret, key.key_name);
        update::put_host p;
        p.host.name = key.key_name;
        p.key = key;
        REQUIRE(w.writer->execute({std::move(p), {}}).ok());
    }

    /// The status of the answer; 0 for an update that goes to the writer.
    unsigned ask(http_options options, char const* peer, std::string const& user_and_password, std::string_view forwarded = {})
    {
        http_endpoint e{*w.writer, std::move(options)};
        auto const from = *socket_address::from_text(peer, 5);
        std::string const header = user_and_password.empty() ? "" : "Basic " + base64(user_and_password);
        // Without an address it is the client's: the one of this machine would not do.
        std::string const target =
            std::string{"/nic/update?hostname=home.example.com"} + (forwarded.empty() ? "&myip=203.0.113.5" : "");
        auto taken = e.take({"GET", target, header, {}, forwarded, &from});
        if (auto const* const a = std::get_if<http_answer>(&taken))
            return a->status;
        auto const& login = std::get<http_login>(taken);
        REQUIRE(e.delay(login));
        auto const checked = e.check(login);
        if (auto const* const a = std::get_if<http_answer>(&checked))
            return a->status;
        client = std::get<update::host_update>(checked).ipv4.rdata;
        return 0;
    }
    std::string right() const { return "home.example.com:" + password; }

    std::vector<std::uint8_t> client;
};

} // namespace

TEST_CASE("passwords over plain HTTP are taken from this machine and from proxies alone, unless somebody says otherwise")
{
    endpoint_test t;
    CHECK(t.ask({}, "127.0.0.1", t.right()) == 0);
    CHECK(t.ask({}, "::1", t.right()) == 0);
    CHECK(t.ask({}, "192.0.2.1", t.right()) == 403);
    CHECK(t.ask({}, "2001:db8::1", t.right()) == 403);
    CHECK(t.ask({}, "192.0.2.1", "home.example.com:wrong") == 403); // nobody learns which ones are right
    http_options plain;
    plain.takes_plain_passwords = true;
    CHECK(t.ask(plain, "192.0.2.1", t.right()) == 0);
    CHECK(t.ask(plain, "192.0.2.1", "home.example.com:wrong") == 401);
    http_options proxied;
    proxied.proxies.push_back(address_range::parse("192.0.2.0/24").value());
    CHECK(t.ask(proxied, "192.0.2.1", t.right(), "203.0.113.9") == 0);
    CHECK(t.client == std::vector<std::uint8_t>{203, 0, 113, 9});
    CHECK(t.ask(proxied, "192.0.3.1", t.right(), "203.0.113.9") == 403);
}

TEST_CASE("a user is a host; a key that is no host's, a wrong password and no password are alike")
{
    endpoint_test t;
    for (auto const* const who : {"", "home.example.com:", "home.example.com:x", "none.example.com:x", "all.:x", "a b:x", ":x"})
        CHECK(t.ask({}, "127.0.0.1", who) == 401);
    CHECK(t.ask({}, "127.0.0.1", "HOME.example.com.:" + t.password) == 0);
}

TEST_CASE("a header of credentials is taken apart at its first colon")
{
    CHECK(read_basic("Basic " + base64("a:b:c")) == std::pair<std::string, std::string>{"a", "b:c"});
    CHECK(read_basic("bASIC  " + base64("a:")) == std::pair<std::string, std::string>{"a", ""});
    CHECK_FALSE(read_basic("Basic"));
    CHECK_FALSE(read_basic("Basic " + base64("ab")));
    CHECK_FALSE(read_basic("Digest " + base64("a:b")));
    CHECK_FALSE(read_basic("Basic a:b"));
}

TEST_CASE("of a list of addresses the last one counts that is not a proxy's")
{
    std::vector<address_range> const proxies{address_range::parse("10.0.0.0/8").value()};
    using octets = std::vector<std::uint8_t>;
    CHECK(last_client("203.0.113.9", proxies) == octets{203, 0, 113, 9});
    CHECK(last_client("198.51.100.1, 203.0.113.9 ,10.1.1.1", proxies) == octets{203, 0, 113, 9});
    octets const v6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    CHECK(last_client("203.0.113.9:567, 10.1.1.1:8", proxies) == octets{203, 0, 113, 9});
    CHECK(last_client("[2001:db8::1]:567", proxies) == v6);
    CHECK(last_client("[2001:db8::1]", proxies) == v6);
    CHECK(last_client("2001:db8::1", proxies) == v6);
    for (auto const* const wrong : {"[", "[]", "[]:5", ":5", "[2001:db8::1", "x:5"})
        CHECK_FALSE(last_client(wrong, proxies));
    CHECK_FALSE(last_client("203.0.113.9, unknown", proxies));
    CHECK_FALSE(last_client("10.1.1.1", proxies));
    CHECK_FALSE(last_client("203.0.113.9,", proxies));
    CHECK_FALSE(last_client("", proxies));
}
