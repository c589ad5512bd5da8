#include "tests/support/served_zones.hpp"

#include "update/apply.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;
using tests::served_zones;

namespace {

// The update is NOERROR and changes nothing.
bool is_ignored(served_zones& served, std::vector<std::string> const& lines)
{
    auto const before = tests::records(served.zone());
    auto const o = served.update(lines);
    return o.ok() && !o.changed && o.serial == served.serial() && tests::records(served.zone()) == before;
}

std::string soa(std::uint32_t serial)
{
    return "example.com. 1800 SOA new.example.com. admin.example.com. " + std::to_string(serial) + " 1 2 3 4";
}

} // namespace

TEST_CASE("RFC 2136 3.4.2.2: a record is added")
{
    served_zones served;
    auto const o = served.update({"add www.example.com. 300 A 192.0.2.1"});
    CHECK((o.ok() && o.changed && o.serial == 8));
    CHECK(served.holds(8, {"www.example.com. 300 A 192.0.2.1"}));
}

TEST_CASE("RFC 2136 3.4.2.2: a duplicate changes nothing, in whatever case its names come")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1", "alias.example.com. 60 CNAME www.example.com."}};
    CHECK(is_ignored(served, {"add WWW.example.com. 300 A 192.0.2.1"}));
    CHECK(is_ignored(served, {"add alias.example.com. 60 CNAME WWW.EXAMPLE.COM."}));
}

TEST_CASE("RFC 2181 5.2: a new TTL is that of the whole RRset, also by a duplicate")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"}};
    CHECK(served.update({"add www.example.com. 60 A 192.0.2.1"}).changed);
    CHECK(served.holds(8, {"www.example.com. 60 A 192.0.2.1", "www.example.com. 60 A 192.0.2.2"}));
    CHECK(served.update({"add www.example.com. 30 A 192.0.2.3"}).changed);
    CHECK(served.holds(
        9, {"www.example.com. 30 A 192.0.2.1", "www.example.com. 30 A 192.0.2.2", "www.example.com. 30 A 192.0.2.3"}));
}

TEST_CASE("RFC 2136 3.4.2.2: a CNAME beside other data is ignored")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1"}};
    CHECK(is_ignored(served, {"add www.example.com. 300 CNAME other.example.com."}));
    CHECK(is_ignored(served, {"add example.com. 300 CNAME other.example.com."}));
}

TEST_CASE("RFC 2136 3.4.2.2: other data beside a CNAME is ignored, DNSSEC's excepted")
{
    served_zones served{{"alias.example.com. 300 CNAME www.example.com."}};
    CHECK(is_ignored(served, {"add alias.example.com. 300 A 192.0.2.1"}));
    CHECK(is_ignored(served, {"add alias.example.com. 300 DNAME other.example.com."}));
    CHECK(served.update({"add alias.example.com. 300 TYPE47 0000060000000001"}).changed);
    CHECK(served.update({"add alias.example.com. 60 CNAME elsewhere.example.com."}).changed);
}

TEST_CASE("RFC 2136 3.4.2.2: a CNAME replaces a CNAME")
{
    served_zones served{{"alias.example.com. 300 CNAME www.example.com."}};
    CHECK(served.update({"add alias.example.com. 60 CNAME other.example.com."}).changed);
    CHECK(served.holds(8, {"alias.example.com. 60 CNAME other.example.com."}));
}

TEST_CASE("RFC 2136 3.4.2.2: a WKS replaces one of the same address and protocol, and no other")
{
    served_zones served{{"www.example.com. 300 WKS 192.0.2.1 6 F0"}};
    CHECK(served.update({"add www.example.com. 300 WKS 192.0.2.1 6 0F"}).changed);
    CHECK(served.update({"add www.example.com. 300 WKS 192.0.2.1 17 0F"}).changed);
    CHECK(served.holds(9, {"www.example.com. 300 WKS 192.0.2.1 6 0F", "www.example.com. 300 WKS 192.0.2.1 17 0F"}));
}

TEST_CASE("RFC 6672 5.2: a DNAME replaces a DNAME, and may come above data as data may come below it")
{
    served_zones served{{"d.example.com. 300 DNAME a.example.net.", "x.e.example.com. 300 A 192.0.2.1"}};
    CHECK(served.update({"add d.example.com. 300 DNAME b.example.net."}).changed);
    CHECK(served.update({"add e.example.com. 300 DNAME b.example.net."}).changed);
    CHECK(served.update({"add y.d.example.com. 300 A 192.0.2.2"}).changed);
    CHECK(served.holds(10, {"d.example.com. 300 DNAME b.example.net.", "e.example.com. 300 DNAME b.example.net.",
                            "x.e.example.com. 300 A 192.0.2.1", "y.d.example.com. 300 A 192.0.2.2"}));
}

TEST_CASE("RFC 4592 4.2 and 4.4, RFC 4035 2.4: NS and DNAME at a wildcard and DS at the apex are ignored, as BIND does")
{
    served_zones served;
    CHECK(is_ignored(served, {"add *.example.com. 300 NS ns1.example.com."}));
    CHECK(is_ignored(served, {"add *.example.com. 300 DNAME example.net."}));
    CHECK(is_ignored(served, {"add example.com. 300 DS 1 8 200 00112233"}));
    CHECK(served.update({"add sub.example.com. 300 DS 1 8 200 00112233"}).changed);
}

TEST_CASE("RFC 2136 3.4.2.2: an SOA counts if its serial is newer, and then no other serial is made")
{
    served_zones served;
    CHECK(is_ignored(served, {"add " + soa(6)}));
    CHECK(is_ignored(served, {"add " + soa(7)}));
    CHECK(is_ignored(served, {"add " + soa(7 + 0x80000000U)}));
    CHECK(is_ignored(served, {"add www." + soa(50)}));
    auto const o = served.update({"add " + soa(50), "add www.example.com. 300 A 192.0.2.1"});
    CHECK(o.serial == 50);
    CHECK(served.serial() == 50);
    CHECK(tests::records(served.zone()) ==
          tests::records({soa(50), "example.com. 3600 NS ns1.example.com.", "example.com. 3600 NS ns2.example.net.",
                          "www.example.com. 300 A 192.0.2.1"}));
    CHECK(served.update({"add " + soa(50 + 0x7FFFFFFFU)}).serial == 50 + 0x7FFFFFFFU);
    CHECK(served.update({"add " + soa(3)}).serial == 3); // around the corner
}

TEST_CASE("RFC 2136 3.4.2.2: of several SOAs each counts if it is newer than the one before")
{
    served_zones served;
    CHECK(served.update({"add " + soa(20), "add " + soa(10), "add " + soa(30)}).serial == 30);
}

TEST_CASE("RFC 1982 3.2: several SOAs in one message do not take the serial all the way round")
{
    served_zones served;
    std::uint32_t const half = 0x7FFFFFFF, start = served.serial();
    CHECK(served.update({"add " + soa(start + half), "add " + soa(start + 2 * half)}).serial == start + half);
    CHECK(served.update({"add " + soa(start + 2 * half), "add " + soa(start + half), "add " + soa(start + half + 1)}).serial ==
          start + 2 * half);
}

TEST_CASE("The serial after 4294967295 is 1")
{
    served_zones served;
    served.update({"add " + soa(0x7FFFFFFF)});
    served.update({"add " + soa(0xFFFFFFFE)});
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.1"}).serial == 0xFFFFFFFF);
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.2"}).serial == 1);
}

TEST_CASE("RFC 2136 3.4.2.3: an RRset is deleted, at the apex too, but not SOA and NS there")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2", "www.example.com. 300 TXT t",
                         "example.com. 300 TXT t", "sub.example.com. 300 NS ns1.example.com."}};
    CHECK(served.update({"delete www.example.com. A", "delete example.com. TXT", "delete sub.example.com. NS"}).changed);
    CHECK(served.holds(8, {"www.example.com. 300 TXT t"}));
    CHECK(is_ignored(served, {"delete example.com. SOA", "delete EXAMPLE.com. NS"}));
}

TEST_CASE("RFC 2136 3.4.2.3: all RRsets of a name are deleted; of the apex all but SOA and NS")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 TXT t", "example.com. 300 TXT t",
                         "example.com. 300 MX 10 mail.example.com.", "a.www.example.com. 300 A 192.0.2.3"}};
    CHECK(served.update({"delete www.example.com.", "delete example.com."}).changed);
    CHECK(served.holds(8, {"a.www.example.com. 300 A 192.0.2.3"}));
}

TEST_CASE("RFC 2136 3.4.2.4: a record is deleted whatever its TTL, and in whatever case its names come")
{
    served_zones served{
        {"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2", "p.example.com. 300 PTR Www.Example.com."}};
    CHECK(served.update({"delete www.example.com. A 192.0.2.1", "delete p.example.com. PTR wWW.example.COM."}).changed);
    CHECK(served.holds(8, {"www.example.com. 300 A 192.0.2.2"}));
}

TEST_CASE("RFC 2136 3.4.2.4: the SOA stays, and the last NS of the apex, but not that of another name")
{
    served_zones served{{"sub.example.com. 300 NS ns1.example.com."}};
    CHECK(is_ignored(served, {"delete example.com. SOA ns1.example.com. admin.example.com. 7 3600 600 86400 60"}));
    CHECK(served
              .update({"delete example.com. NS ns1.example.com.", "delete example.com. NS ns2.example.net.",
                       "delete sub.example.com. NS ns1.example.com."})
              .changed);
    CHECK(served.zone().apex_node().find(dns::rr_type::ns).count == 1);
    CHECK(served.zone().find(tests::name("sub.example.com.")) == nullptr);
    CHECK(is_ignored(served, {"delete example.com. NS ns2.example.net."}));
}

TEST_CASE("The name servers of a zone are changed by adding before deleting")
{
    served_zones served;
    CHECK(served
              .update({"add example.com. 60 NS ns3.example.net.", "delete example.com. NS ns1.example.com.",
                       "delete example.com. NS ns2.example.net."})
              .changed);
    CHECK(served.zone().apex_node().find(dns::rr_type::ns).count == 1);
}

TEST_CASE("Deleting what is not there is NOERROR and no change")
{
    served_zones served{{"a.b.example.com. 300 TXT deep"}};
    CHECK(is_ignored(
        served, {"delete nothing.example.com.", "delete nothing.example.com. A", "delete nothing.example.com. A 192.0.2.1"}));
    CHECK(is_ignored(served, {"delete b.example.com.", "delete a.b.example.com. A", "delete a.b.example.com. TXT other"}));
    CHECK(served.store.attempts == 0);
}

TEST_CASE("What is deleted and added again is no change")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"}};
    CHECK(is_ignored(
        served, {"delete www.example.com. A", "add www.example.com. 300 A 192.0.2.2", "add www.example.com. 300 A 192.0.2.1"}));
    CHECK(is_ignored(served, {"add new.example.com. 300 A 192.0.2.1", "delete new.example.com."}));
    CHECK(is_ignored(served, {}));
    CHECK(
        served
            .update({"delete www.example.com. A", "add www.example.com. 299 A 192.0.2.2", "add www.example.com. 299 A 192.0.2.1"})
            .changed);
}

TEST_CASE("RFC 2136 3.4.2: updates are done in the order in which they stand")
{
    served_zones served{{"www.example.com. 300 A 192.0.2.1"}};
    CHECK(served
              .update({"delete www.example.com.", "add www.example.com. 300 CNAME other.example.com.",
                       "add www.example.com. 300 A 192.0.2.2"})
              .changed);
    CHECK(served.holds(8, {"www.example.com. 300 CNAME other.example.com."}));
    CHECK(served
              .update({"add www.example.com. 300 A 192.0.2.2", "delete www.example.com. CNAME",
                       "add www.example.com. 300 A 192.0.2.3"})
              .changed);
    CHECK(served.holds(9, {"www.example.com. 300 A 192.0.2.3"}));
}

TEST_CASE("RFC 2136 3.4.1.3: an update outside the zone is NOTZONE, and nothing of the message is done")
{
    served_zones served;
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.1", "add www.example.net. 300 A 192.0.2.1"}).rcode ==
          rcode::notzone);
    CHECK(served.holds(7, {}));
}

TEST_CASE("RFC 2136 3.1.2: a zone that is not served is NOTAUTH, one below a served one too, and one of another class")
{
    served_zones served;
    CHECK(served.execute(tests::make_update("example.net.", "all.", {})).rcode == rcode::notauth);
    CHECK(served.execute(tests::make_update("www.example.com.", "all.", {})).rcode == rcode::notauth);
    auto chaos = tests::make_update("example.com.", "all.", {});
    chaos.zone_class = dns::rr_class::ch;
    CHECK(served.execute(chaos).rcode == rcode::notauth);
    CHECK(served.execute(tests::make_update("EXAMPLE.com.", "all.", {})).ok());
}

TEST_CASE("RFC 2136 3.1 comes before 3.2: what is wrong with the records is told only where the zone is served")
{
    served_zones served;
    auto malformed = tests::make_update("example.com.", "unknown.", {});
    malformed.fault = "Something is wrong.";
    auto const o = served.execute(malformed);
    CHECK((o.rcode == rcode::formerr && o.reason == "Something is wrong."));
    malformed.zone = tests::name("example.net.");
    CHECK(served.execute(malformed).rcode == rcode::notauth);
}

TEST_CASE("An RRset that would not fit in a message is REFUSED, and one that shrinks is not")
{
    served_zones served;
    std::vector<std::string> lines;
    std::string const text(250, 'x');
    for (int i = 0; i < 246; ++i)
        lines.push_back("add big.example.com. 300 TXT " + std::to_string(1000 + i) + text);
    auto const o = served.update(lines);
    CHECK(o.rcode == rcode::refused);
    CHECK(o.reason.find("big.example.com. TXT") != std::string::npos);
    CHECK(served.holds(7, {}));
    lines.resize(200);
    CHECK(served.update(lines).changed);
    CHECK(served.update({"delete big.example.com. TXT 1000" + text}).changed);
}

TEST_CASE("A name takes a hundred types, and deletes its way back")
{
    served_zones served;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < update::max_types_per_name; ++i)
        lines.push_back("add many.example.com. 300 TYPE" + std::to_string(61000 + i) + " 00");
    CHECK(served.update(lines).changed);
    CHECK(served.update({"add many.example.com. 300 A 192.0.2.1"}).rcode == rcode::refused);
    CHECK(served.update({"delete many.example.com. TYPE61000", "add many.example.com. 300 A 192.0.2.1"}).changed);
    CHECK(served.update({"delete many.example.com."}).changed);
    CHECK(served.holds(10, {}));
    lines.clear();
    for (int i = 0; i < 1000; ++i)
        lines.push_back("add many.example.com. 300 TYPE" + std::to_string(61000 + i) + " 00");
    lines.push_back("delete many.example.com.");
    CHECK(served.update(lines).rcode == rcode::refused);
}

TEST_CASE("A thousand records in one message are one change")
{
    served_zones served;
    std::vector<std::string> lines, expected;
    for (int i = 0; i < 1000; ++i) {
        expected.push_back("h" + std::to_string(i) + ".example.com. 300 A 192.0.2." + std::to_string(i % 256));
        lines.push_back("add " + expected.back());
    }
    CHECK(served.update(lines).serial == 8);
    CHECK(served.holds(8, expected));
    CHECK(served.store.journal.size() == 1);
}
