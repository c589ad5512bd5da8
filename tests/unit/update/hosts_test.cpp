#include "tests/unit/update/running_writer.hpp"
#include "update/dyndns2.hpp"

using namespace homing;
using namespace homing::tests;
using namespace homing::update;

namespace {

storage::change_origin const http{"home.example.com.", "192.0.2.200#4711", "http"};

storage::key_record host_key(char const* host, std::vector<std::string> const& of = {})
{
    storage::key_record k;
    k.key_name = name(host);
    k.algorithm = dns::tsig_algorithm::hmac_sha256;
    k.secret.assign(32, 1);
    k.grants.push_back(storage::grant::of(storage::preset::host, k.key_name));
    for (auto const& other : of)
        k.grants.push_back(storage::grant::of(storage::preset::host, name(other)));
    return k;
}

put_host make_host(char const* host, char const* suffix = nullptr, std::int64_t expire = 0,
                   std::vector<std::string> const& of = {})
{
    put_host p;
    p.host.name = name(host);
    p.host.expire = expire;
    if (suffix != nullptr) {
        auto const octets = address_from_text(suffix).value();
        std::copy(octets.begin(), octets.end(), p.host.ipv6_suffix.emplace().begin());
    }
    p.key = host_key(host, of);
    return p;
}

// A writer with hosts, and requests as HTTP brings them.
class hosts_writer : public observed_writer {
public:
    explicit hosts_writer(std::vector<put_host> hosts)
    {
        for (auto& h : hosts)
            REQUIRE(writer->execute({std::move(h), {"", "user:root", "cli"}}).ok());
        store.batches.clear();
    }

    /// The answer's body.
    std::string ask(std::string const& query, char const* key = "home.example.com.")
    {
        query_parameters p;
        p.add(query);
        auto read = read_dyndns2(p, {}, name(key));
        if (auto* const reply = std::get_if<dyndns2_reply>(&read))
            return reply->body;
        std::promise<std::string> done;
        REQUIRE(writer->submit({std::get<host_update>(std::move(read)), http}, [&](outcome&& o, request&& r) {
            done.set_value(to_dyndns2(std::get<host_update>(r.what), o).body);
        }));
        return done.get_future().get();
    }
    bool has_ipv6(char const* owner, char const* address)
    {
        zone::versions::reader reader{versions};
        zone::versions::reading const now{reader};
        auto const* const node = now->find(name("example.com."))->find(name(owner));
        auto const set = node != nullptr ? node->find(dns::rr_type::aaaa) : zone::rrset_view{};
        return set && set.copy().size() == 1 && set.copy().contains(address_from_text(address).value());
    }
    storage::host_record host(char const* of = "home.example.com.") { return *writer->hosts().find(name(of)); }
};

} // namespace

TEST_CASE("a host follows what is said of it, and remembers when, by whom and from where")
{
    hosts_writer w{{make_host("home.example.com.")}};
    CHECK(w.ask("hostname=home.example.com&myip=198.51.100.1") == "good 198.51.100.1\n");
    CHECK(w.has("home.example.com. 60 A 198.51.100.1"));
    auto const first = w.host();
    CHECK(first.ipv4 == std::vector<std::uint8_t>{198, 51, 100, 1});
    CHECK(first.changed_ms > 0);
    CHECK((first.key + " " + first.address + " " + first.via) == "home.example.com. 192.0.2.200#4711 http");
    CHECK(w.ask("hostname=home.example.com&myip=198.51.100.1") == "nochg 198.51.100.1\n");
    CHECK(w.host().changed_ms == first.changed_ms);
    CHECK(w.ask("hostname=home.example.com&myip=2001:db8::1") == "good 2001:db8::1\n");
    CHECK(w.has("home.example.com. 60 A 198.51.100.1"));
    CHECK(w.has_ipv6("home.example.com.", "2001:db8::1"));
    CHECK(w.ask("hostname=home.example.com&myipv4=delete") == "good none\n");
    CHECK_FALSE(w.has("home.example.com. 60 A 198.51.100.1"));
    CHECK(w.has_ipv6("home.example.com.", "2001:db8::1"));
    CHECK(w.host().ipv4.empty());
}

TEST_CASE("a host that is said to be where it is costs no transaction, and is saved when asked for")
{
    hosts_writer w{{make_host("home.example.com.")}};
    w.ask("hostname=home.example.com&myip=198.51.100.1");
    auto const changed = w.host().confirmed_ms;
    w.store.batches.clear();
    while (w.host().confirmed_ms == changed) // until the clock has moved
        CHECK(w.ask("hostname=home.example.com&myip=198.51.100.1") == "nochg 198.51.100.1\n");
    CHECK(w.store.batches.empty());
    CHECK(w.writer->hosts().unsaved(9).size() == 1);
    CHECK(w.writer->execute({save_hosts{}, {}}).ok());
    CHECK(w.store.batches.size() == 1);
    CHECK(w.writer->hosts().unsaved(9).empty());
}

TEST_CASE("a host that is not there, and one of another key, are nohost alike; the others are done")
{
    hosts_writer w{{make_host("home.example.com."), make_host("nas.example.com.")}};
    CHECK(w.ask("hostname=none.example.com,nas.example.com,www.example.com,home.example.com&myip=198.51.100.1") ==
          "nohost\nnohost\nnohost\ngood 198.51.100.1\n");
    CHECK_FALSE(w.has("nas.example.com. 60 A 198.51.100.1"));
    CHECK(w.has("home.example.com. 60 A 198.51.100.1"));
}

TEST_CASE("a prefix moves every host of the key that keeps an interface identifier in one change")
{
    hosts_writer w{{make_host("home.example.com.", nullptr, 0, {"nas.example.com.", "cam.example.com."}),
                    make_host("nas.example.com.", "::1:2:3:4"), make_host("cam.example.com.", "::5:0:0:0:9"),
                    make_host("other.example.com.", "::7")}};
    w.store.batches.clear();
    CHECK(w.ask("hostname=home.example.com&myip=198.51.100.1&myipv6=2001:db8:ffff::1&ip6lanprefix=2001:db8:1:200::/56") ==
          "good 198.51.100.1,2001:db8:ffff::1\n");
    CHECK(w.has_ipv6("nas.example.com.", "2001:db8:1:200:1:2:3:4"));
    CHECK(w.has_ipv6("cam.example.com.", "2001:db8:1:205::9"));
    CHECK(w.has_ipv6("home.example.com.", "2001:db8:ffff::1"));
    CHECK_FALSE(w.has_ipv6("other.example.com.", "2001:db8:1:200::7"));
    CHECK(w.store.batches.size() == 1);
    CHECK(w.ask("hostname=nas.example.com&myipv6=2001:db8:ffff::1&ip6lanprefix=2001:db8:2::/64", "nas.example.com.") ==
          "good 2001:db8:2:0:1:2:3:4\n");
}

TEST_CASE("where a CNAME stands nothing of the request is done")
{
    hosts_writer w{{make_host("home.example.com.", nullptr, 0, {"alias.example.com."})}};
    REQUIRE(w.writer->execute({put_host{make_host("alias.example.com.").host, host_key("alias.example.com."), true}, {}}).ok());
    REQUIRE(w.writer->execute(change({"add alias.example.com. 60 CNAME www.example.com."})).ok());
    CHECK(w.ask("hostname=home.example.com,alias.example.com&myip=198.51.100.1") == "dnserr\ndnserr\n");
    CHECK_FALSE(w.has("home.example.com. 60 A 198.51.100.1"));
}

TEST_CASE("an update over DNS moves a host as well, and one that changes nothing confirms it")
{
    hosts_writer w{{make_host("home.example.com.")}};
    REQUIRE(w.writer->execute(change({"add home.example.com. 60 A 198.51.100.9"})).ok());
    auto const h = w.host();
    CHECK(h.ipv4 == std::vector<std::uint8_t>{198, 51, 100, 9});
    CHECK(h.via == "dns/udp");
    while (w.host().confirmed_ms == h.confirmed_ms)
        REQUIRE(w.writer->execute(change({"add home.example.com. 60 A 198.51.100.9"})).ok());
    CHECK(w.host().changed_ms == h.changed_ms);
}

TEST_CASE("a lease that ran out takes the addresses away, and the next update brings them back")
{
    hosts_writer w{{make_host("home.example.com.", nullptr, 3600)}};
    w.ask("hostname=home.example.com&myip=198.51.100.1");
    CHECK(w.writer->execute({lapse_host{name("home.example.com.")}, {"", "", "lease"}}).ok());
    CHECK(w.has("home.example.com. 60 A 198.51.100.1")); // it has not run out
    auto h = w.host();
    h.confirmed_ms -= 3601 * 1000;
    storage::host_record settings = h;
    // As if the last sign of it were an hour old.
    const_cast<host_book&>(w.writer->hosts()).put(std::make_shared<storage::host_record const>(h), true);
    CHECK(w.writer->hosts().lapsing(h.lapses_ms(), 9).size() == 1);
    auto const gone = w.writer->execute({lapse_host{name("home.example.com.")}, {"", "", "lease"}});
    CHECK(gone.changed);
    CHECK_FALSE(w.has("home.example.com. 60 A 198.51.100.1"));
    CHECK(w.host().is_lapsed);
    CHECK(w.host().ipv4 == std::vector<std::uint8_t>{198, 51, 100, 1}); // what it had
    CHECK(w.writer->hosts().lapsing(h.lapses_ms() * 2, 9).empty());
    CHECK(w.ask("hostname=home.example.com&myip=198.51.100.1") == "good 198.51.100.1\n");
    CHECK(w.has("home.example.com. 60 A 198.51.100.1"));
    CHECK_FALSE(w.host().is_lapsed);
}

TEST_CASE("a host comes with its key and goes with it, and neither comes alone")
{
    hosts_writer w{{make_host("home.example.com.")}};
    CHECK(w.writer->keys()->find(name("home.example.com.")) != nullptr);
    CHECK_FALSE(w.writer->execute({make_host("home.example.com."), {}}).ok());
    CHECK_FALSE(w.writer->execute({make_host("home.example.org."), {}}).ok()); // no zone
    CHECK(w.writer->keys()->find(name("home.example.org.")) == nullptr);
    REQUIRE(w.writer->execute({put_key{host_key("taken.example.com."), true}, {}}).ok());
    CHECK_FALSE(w.writer->execute({make_host("taken.example.com."), {}}).ok());
    CHECK(w.writer->hosts().find(name("taken.example.com.")) == nullptr);
    w.ask("hostname=home.example.com&myip=198.51.100.1");
    CHECK(w.writer->execute({remove_host{name("home.example.com."), false}, {}}).ok());
    CHECK(w.writer->hosts().find(name("home.example.com.")) == nullptr);
    CHECK(w.writer->keys()->find(name("home.example.com.")) == nullptr);
    CHECK_FALSE(w.has("home.example.com. 60 A 198.51.100.1"));
}

TEST_CASE("a host that keeps its addresses is removed without them")
{
    hosts_writer w{{make_host("home.example.com.")}};
    w.ask("hostname=home.example.com&myip=198.51.100.1");
    CHECK(w.writer->execute({remove_host{name("home.example.com."), true}, {}}).ok());
    CHECK(w.has("home.example.com. 60 A 198.51.100.1"));
    CHECK(w.writer->hosts().empty());
}

TEST_CASE("a change that the store did not take is not remembered of the host either")
{
    hosts_writer w{{make_host("home.example.com.")}};
    w.ask("hostname=home.example.com&myip=198.51.100.1");
    w.store.fault = [](auto) { return std::string{"The disk is full."}; };
    CHECK(w.ask("hostname=home.example.com&myip=198.51.100.2") == "911\n");
    CHECK(w.host().ipv4 == std::vector<std::uint8_t>{198, 51, 100, 1});
}

TEST_CASE("hosts are there after a restart with all they said")
{
    temporary_directory const dir;
    {
        running_writer w{storage::open_sqlite_store(dir.store()).value()};
        w.writer->start();
        w.fill();
        REQUIRE(w.writer->execute({make_host("home.example.com.", "::1:2:3:4"), {}}).ok());
        REQUIRE(w.writer->execute(change({"add home.example.com. 60 A 198.51.100.9"})).ok());
    }
    running_writer w{storage::open_sqlite_store(dir.store()).value()};
    auto const h = w.writer->hosts().find(name("home.example.com."));
    REQUIRE(h != nullptr);
    CHECK(h->ipv4 == std::vector<std::uint8_t>{198, 51, 100, 9});
    CHECK(h->via == "dns/udp");
    CHECK(w.writer->hosts().with_suffix().size() == 1);
}
