#include "update/dyndns2.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace homing;
using namespace homing::update;

namespace {

using octets = std::vector<std::uint8_t>;

octets const v4{192, 0, 2, 7};
dns::name const key = *dns::name::from_text("home.example.com");

query_parameters parse(std::string_view query)
{
    query_parameters p;
    p.add(query);
    return p;
}

host_update read(std::string_view query, octets const& client = v4)
{
    auto out = read_dyndns2(parse(query), client, key);
    INFO(query);
    REQUIRE(std::holds_alternative<host_update>(out));
    return std::get<host_update>(out);
}

dyndns2_reply refuse(std::string_view query, octets const& client = v4)
{
    auto out = read_dyndns2(parse(query), client, key);
    INFO(query);
    REQUIRE(std::holds_alternative<dyndns2_reply>(out));
    return std::get<dyndns2_reply>(out);
}

octets v6(std::string_view text)
{
    return address_from_text(text).value();
}

} // namespace

TEST_CASE("each family is set by whatever parameter names it, and left alone if none does")
{
    auto const both = GENERATE(
        "hostname=a.example&myip=198.51.100.1,2001:db8::1", "hostname=a.example&myip=198.51.100.1&myipv6=2001:db8::1",
        "hostname=a.example&myipv4=198.51.100.1&myipv6=2001%3Adb8%3A%3A1", "hostname=a.example&ip=2001:db8::1,198.51.100.1",
        "hostname=a.example&ip=198.51.100.1&ipv6=2001:db8::1", "hostname=a.example&myip=&ip=198.51.100.1&ipv6=2001:db8::1");
    auto const u = read(both);
    CHECK(u.ipv4.rdata == octets{198, 51, 100, 1});
    CHECK(u.ipv6.rdata == v6("2001:db8::1"));
    auto const only6 = read("hostname=a.example&myip=2001:db8::2");
    CHECK(only6.ipv4.what == address_wish::kind::leave);
    CHECK(only6.ipv6.rdata == v6("2001:db8::2"));
}

TEST_CASE("without an address, or with empty ones only, it is the client's")
{
    auto const query =
        GENERATE("hostname=a.example", "hostname=a.example&myip=", "hostname=a.example&myip=&myipv6=&ip6lanprefix=");
    auto const u = read(query);
    CHECK(u.ipv4.rdata == v4);
    CHECK(u.ipv6.what == address_wish::kind::leave);
    CHECK(read(query, v6("2001:db8::9")).ipv6.rdata == v6("2001:db8::9"));
    CHECK(refuse(query, {}).body == "dnserr\n");
}

TEST_CASE("deleting is explicit")
{
    auto const six = read("hostname=a.example&myipv6=delete");
    CHECK(six.ipv6.what == address_wish::kind::remove);
    CHECK(six.ipv4.what == address_wish::kind::leave);
    auto const all = read("hostname=a.example&offline=YES");
    CHECK(all.ipv4.what == address_wish::kind::remove);
    CHECK(all.ipv6.what == address_wish::kind::remove);
    CHECK(read("hostname=a.example&myip=delete").ipv6.what == address_wish::kind::remove);
}

TEST_CASE("a prefix is a parameter of its own, of 64 bits unless it says otherwise, and cut to its length")
{
    auto const u = read("hostname=a.example&myip=198.51.100.1&ip6lanprefix=2001:db8:1:ffff::/56");
    REQUIRE(u.prefix);
    CHECK(u.prefix->length == 56);
    CHECK(octets(u.prefix->octets.begin(), u.prefix->octets.end()) == v6("2001:db8:1:ff00::"));
    CHECK(read("hostname=a.example&ip6lanprefix=2001:db8::").prefix->length == 64);
    CHECK(read("hostname=a.example&ip6lanprefix=2001:db8::/64").ipv4.what == address_wish::kind::leave);
}

TEST_CASE("what is no address is refused, whatever else is right")
{
    auto const bad =
        GENERATE("myip=1.2.3", "myip=localhost", "myip=0.0.0.0", "myip=::", "myip=224.0.0.1", "myip=255.255.255.255",
                 "myip=ff02::1", "myip=1.2.3.4,5.6.7.8", "myipv4=2001:db8::1", "myipv6=192.0.2.1", "myip=1.2.3.4&myipv4=1.2.3.5",
                 "ip6lanprefix=2001:db8::/129", "ip6lanprefix=2001:db8::/", "ip6lanprefix=10.0.0.0/8", "ip6lanprefix=x/64",
                 "ip6lanprefix=2001:db8::/0", "ip6lanprefix=2001:db8::/64x", "myip=1.2.3.4%00", "myip=fe80::1%25eth0");
    auto const reply = refuse("hostname=a.example,b.example&" + std::string{bad});
    CHECK(reply.http_status == 400);
    CHECK(reply.body == "dnserr\ndnserr\n");
}

TEST_CASE("IPv4 in IPv6 is IPv4")
{
    CHECK(address_from_text("::ffff:192.0.2.7") == v4);
}

TEST_CASE("hosts come in the order in which they were named, and what is no name has its place among them")
{
    auto const u = read("hostname=B.Example, a.example,nodot,-,a..example,c.example.");
    REQUIRE(u.hosts.size() == 6);
    CHECK(u.hosts[0].name->to_string() == "b.example.");
    CHECK(u.hosts[1].name->to_string() == "a.example.");
    CHECK_FALSE(u.hosts[2].name);
    CHECK_FALSE(u.hosts[3].name);
    CHECK_FALSE(u.hosts[4].name);
    CHECK(u.hosts[5].name->to_string() == "c.example.");
    CHECK(u.key_name == key);
}

TEST_CASE("no host is notfqdn, and more than twenty are numhost")
{
    CHECK(refuse("").body == "notfqdn\n");
    CHECK(refuse("hostname=&myip=1.2.3.4").http_status == 400);
    CHECK(refuse("hostname=,,").body == "notfqdn\n");
    std::string many = "hostname=a0.example";
    for (int i = 1; i < 20; ++i)
        many += ",a" + std::to_string(i) + ".example";
    CHECK(read(many).hosts.size() == 20);
    CHECK(refuse(many + ",z.example").body == "numhost\n");
    CHECK(refuse(many + ",z.example").http_status == 400);
}

TEST_CASE("a client that escapes nothing, or everything, is understood")
{
    auto const p = parse("a=100%&b=%zz&c=%41%2c%&d=x+y&=z&e&&f==1&a=second");
    CHECK(p.find("a") == "100%");
    CHECK(p.find("b") == "%zz");
    CHECK(p.find("c") == "A,%");
    CHECK(p.find("d") == "x y");
    CHECK(p.find("e").empty());
    CHECK(p.find("f") == "=1");
    CHECK(p.find("g").empty());
}

TEST_CASE("of very many parameters the first ones count")
{
    std::string query;
    for (int i = 0; i < 1000; ++i)
        query += "p" + std::to_string(i) + "=1&";
    auto const p = parse(query);
    CHECK(p.find("p0") == "1");
    CHECK(p.find("p999").empty());
}

TEST_CASE("the answer has a line for each host, and is 200 only if none failed")
{
    host_update u;
    u.hosts = {{key, host_status::good, "192.0.2.1"}, {key, host_status::nochg, "192.0.2.2,2001:db8::1"}};
    auto const fine = to_dyndns2(u, {});
    CHECK(fine.http_status == 200);
    CHECK(fine.body == "good 192.0.2.1\nnochg 192.0.2.2,2001:db8::1\n");
    u.hosts.push_back({key, host_status::nohost, {}});
    u.hosts.push_back({std::nullopt, host_status::notfqdn, {}});
    auto const mixed = to_dyndns2(u, {});
    CHECK(mixed.http_status == 404);
    CHECK(mixed.body == "good 192.0.2.1\nnochg 192.0.2.2,2001:db8::1\nnohost\nnotfqdn\n");
}

TEST_CASE("what the store could not take is 911, and a key that is gone badauth: of nothing is said that it went well")
{
    host_update u;
    u.hosts = {{key, host_status::good, "192.0.2.1"}, {key, host_status::nohost, {}}};
    auto const broken = to_dyndns2(u, decline(dns::rcode::servfail, "disk full"));
    CHECK(broken.http_status == 500);
    CHECK(broken.body == "911\n911\n");
    u.hosts = {{key, host_status::nochg, "192.0.2.1"}};
    auto const gone = to_dyndns2(u, decline(dns::rcode::refused, "no key"));
    CHECK(gone.http_status == 401);
    CHECK(gone.body == "badauth\n");
}

TEST_CASE("an address at which nobody else can reach the host is none for it; a private one is")
{
    auto const answer = [](std::string const& query, std::vector<std::uint8_t> const& client) {
        query_parameters p;
        p.add("hostname=home.example.com&" + query);
        auto read = read_dyndns2(p, client, dns::name{});
        auto const* const reply = std::get_if<dyndns2_reply>(&read);
        return reply != nullptr ? reply->body : "";
    };
    std::vector<std::uint8_t> const outside{192, 0, 2, 1}, self{127, 0, 0, 1};
    for (auto const* const address : {"127.0.0.1", "127.255.0.9", "::1", "169.254.1.1", "fe80::1", "febf::1", "::ffff:127.0.0.1", "192.0.2.1,::1"}) {
        INFO(address);
        CHECK(answer(std::string{"myip="} + address, outside).starts_with("dnserr that address is "));
    }
    for (auto const* const address : {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"})
        CHECK(answer(std::string{"myip="} + address, outside) == "dnserr\n");
    for (auto const* const address : {"10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "fd00::1", "fec0::1"})
        CHECK(answer(std::string{"myip="} + address, outside).empty());
    CHECK(answer("", self).starts_with("dnserr that"));
    CHECK(answer("myip=192.0.2.7", self).empty());
}
