#include "tests/support/served_zones.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;
using tests::served_zones;

namespace {

// Lines as "set OWNER TTL TYPE RDATA" (records of one set after the other make one RRset), "clear OWNER TYPE", "erase OWNER".
update::edit make_edit(std::vector<std::string> const& lines)
{
    update::edit e;
    for (auto const& line : lines) {
        auto const w = tests::words(line);
        if (w[0] != "set") {
            e.items.push_back({tests::name(w[1]), dns::rrset{w[0] == "clear" ? tests::type(w[2]) : dns::rr_type::none, 0}});
            continue;
        }
        auto const r = tests::record(line.substr(4));
        bool const goes_on = !e.items.empty() && e.items.back().owner == r.owner && e.items.back().rrset.type() == r.type &&
                             !e.items.back().rrset.empty();
        if (!goes_on)
            e.items.push_back({r.owner, dns::rrset{r.type, r.ttl}});
        e.items.back().rrset.add(r.rdata);
    }
    return e;
}

update::outcome apply(served_zones& served, std::vector<std::string> const& lines)
{
    return served.execute(update::request{make_edit(lines), {}});
}

bool is_refused(served_zones& served, std::vector<std::string> const& lines)
{
    auto const before = tests::records(served.zone());
    auto const o = apply(served, lines);
    return o.rcode == rcode::refused && !o.reason.empty() && !o.changed && tests::records(served.zone()) == before;
}

} // namespace

TEST_CASE("The operator sets RRsets whole, and deletes RRsets and names")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1", "old.example.com. 300 A 192.0.2.1", "old.example.com. 300 TXT t"}};
    auto const o =
        apply(served, {"set www.example.com. 60 A 192.0.2.2", "set www.example.com. 60 A 192.0.2.3", "erase old.example.com."});
    CHECK((o.ok() && o.changed && o.serial == 8));
    CHECK(served.holds(8, {"www.example.com. 60 A 192.0.2.2", "www.example.com. 60 A 192.0.2.3"}));
    CHECK(apply(served, {"clear www.example.com. A"}).changed);
    CHECK(served.holds(9, {}));
}

TEST_CASE("What is so already, and deleting what is not there, is no change")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1"}};
    CHECK_FALSE(apply(served, {"set WWW.example.com. 300 A 192.0.2.1"}).changed);
    CHECK(apply(served, {"clear www.example.com. TXT", "erase nothing.example.com."}).ok());
    CHECK(served.holds(7, {"www.example.com. 300 A 192.0.2.1"}));
}

TEST_CASE("A CNAME beside other data is refused with a sentence, both ways, and not when the other data goes")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1"}};
    CHECK(is_refused(served, {"set www.example.com. 300 CNAME other.example.com."}));
    CHECK(is_refused(served, {"set new.example.com. 300 CNAME a.example.com.", "set new.example.com. 300 TXT t"}));
    CHECK(is_refused(served, {"set new.example.com. 300 CNAME a.example.com.", "set new.example.com. 300 CNAME b.example.com."}));
    CHECK(apply(served, {"set www.example.com. 300 CNAME other.example.com.", "clear www.example.com. A"}).changed);
    CHECK(served.holds(8, {"www.example.com. 300 CNAME other.example.com."}));
}

TEST_CASE("The apex keeps its SOA and its name servers, which can be set")
{
    served_zones served{{"example.com. 300 TXT t"}};
    CHECK(is_refused(served, {"clear example.com. SOA"}));
    CHECK(is_refused(served, {"clear example.com. NS"}));
    CHECK(is_refused(served, {"set www.example.com. 300 SOA a.example.com. b.example.com. 9 1 1 1 1"}));
    CHECK(apply(served, {"erase example.com."}).changed);
    CHECK(served.holds(8, {}));
    CHECK(apply(served, {"set example.com. 300 NS ns3.example.net."}).changed);
    CHECK(served.zone().apex_node().find(dns::rr_type::ns).count == 1);
}

TEST_CASE("A SOA that is set keeps a newer serial, and gets one if it has none")
{
    served_zones served;
    CHECK(apply(served, {"set example.com. 300 SOA a.example.com. b.example.com. 9 1 1 1 1"}).serial == 9);
    CHECK(apply(served, {"set example.com. 300 SOA a.example.com. b.example.com. 3 2 2 2 2"}).serial == 10);
    CHECK(served.serial() == 10);
    CHECK_FALSE(apply(served, {"set example.com. 300 SOA a.example.com. b.example.com. 10 2 2 2 2"}).changed);
}

TEST_CASE("A DNAME with names below it is refused, whichever comes first")
{
    served_zones served{{"a.d.example.com. 300 A 192.0.2.1", "e.example.com. 300 DNAME example.net."}};
    CHECK(is_refused(served, {"set d.example.com. 300 DNAME example.net."}));
    CHECK(is_refused(served, {"set x.y.e.example.com. 300 A 192.0.2.1"}));
    CHECK(is_refused(served, {"set f.example.com. 300 DNAME example.net.", "set x.f.example.com. 300 A 192.0.2.1"}));
    CHECK(apply(served, {"set e.example.com. 300 TXT beside"}).changed);
}

TEST_CASE("What is no data, or has no place, is refused")
{
    served_zones served;
    CHECK(is_refused(served, {"set www.example.com. 300 AXFR 00"}));
    CHECK(is_refused(served, {"set www.example.com. 300 TYPE1 0001"}));
    CHECK(is_refused(served, {"set *.example.com. 300 NS ns1.example.com."}));
    CHECK(is_refused(served, {"set example.com. 300 DS 1 8 200 00112233"}));
    CHECK(apply(served, {"set www.example.com. 300 A 192.0.2.1", "set www.example.net. 300 A 192.0.2.1"}).rcode ==
          rcode::notzone);
    CHECK(served.holds(7, {}));
}

TEST_CASE("The zone is the closest one to the first name, or the one that is named")
{
    served_zones served;
    CHECK(apply(served, {"set www.example.net. 300 A 192.0.2.1"}).rcode == rcode::notauth);
    CHECK(apply(served, {}).rcode == rcode::notauth);
    auto e = make_edit({"set www.example.com. 300 A 192.0.2.1"});
    e.zone = tests::name("example.org.");
    CHECK(served.execute(update::request{e, {}}).rcode == rcode::notauth);
    e.zone = tests::name("Example.com.");
    CHECK(served.execute(update::request{e, {}}).changed);
}
