#include "tests/support/served_zones.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;

namespace {

// What an update with this prerequisite alone ends with.
rcode check(std::vector<std::string> const& prerequisites)
{
    tests::served_zones served{{"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2",
                                "a.b.example.com. 300 TXT deep", "*.wild.example.com. 300 A 192.0.2.9",
                                "alias.example.com. 300 CNAME Www.Example.com."}};
    return served.update(prerequisites).rcode;
}

} // namespace

TEST_CASE("RFC 2136 2.4.1: an RRset exists, whatever its value")
{
    CHECK(check({"yxrrset www.example.com. A"}) == rcode::noerror);
    CHECK(check({"yxrrset WWW.Example.COM. A"}) == rcode::noerror);
    CHECK(check({"yxrrset www.example.com. AAAA"}) == rcode::nxrrset);
    CHECK(check({"yxrrset nothing.example.com. A"}) == rcode::nxrrset);
    CHECK(check({"yxrrset b.example.com. TXT"}) == rcode::nxrrset);
}

TEST_CASE("RFC 2136 2.4.2: an RRset exists with exactly these records")
{
    CHECK(check({"yxrrset www.example.com. A 192.0.2.2", "yxrrset www.example.com. A 192.0.2.1"}) == rcode::noerror);
    CHECK(check({"yxrrset www.example.com. A 192.0.2.1"}) == rcode::nxrrset);
    CHECK(check({"yxrrset www.example.com. A 192.0.2.1", "yxrrset www.example.com. A 192.0.2.3"}) == rcode::nxrrset);
    CHECK(check({"yxrrset www.example.com. A 192.0.2.1", "yxrrset www.example.com. A 192.0.2.2",
                 "yxrrset www.example.com. A 192.0.2.3"}) == rcode::nxrrset);
    CHECK(check({"yxrrset nothing.example.com. A 192.0.2.1"}) == rcode::nxrrset);
}

TEST_CASE("RFC 2136 3.2.3: records of several RRsets are compared RRset by RRset, in whatever order they come")
{
    CHECK(check({"yxrrset www.example.com. A 192.0.2.1", "yxrrset a.b.example.com. TXT deep",
                 "yxrrset WWW.example.com. A 192.0.2.2"}) == rcode::noerror);
    CHECK(check({"yxrrset www.example.com. A 192.0.2.1", "yxrrset a.b.example.com. TXT other",
                 "yxrrset www.example.com. A 192.0.2.2"}) == rcode::nxrrset);
}

TEST_CASE("RFC 2136 1.1.1: names in data compare without case, and a record said twice counts once")
{
    CHECK(check({"yxrrset alias.example.com. CNAME wWW.example.COM."}) == rcode::noerror);
    CHECK(check({"yxrrset a.b.example.com. TXT deep", "yxrrset a.b.example.com. TXT deep"}) == rcode::noerror);
    CHECK(check({"yxrrset a.b.example.com. TXT Deep"}) == rcode::nxrrset);
}

TEST_CASE("RFC 2136 2.4.3: an RRset does not exist")
{
    CHECK(check({"nxrrset www.example.com. AAAA"}) == rcode::noerror);
    CHECK(check({"nxrrset nothing.example.com. A"}) == rcode::noerror);
    CHECK(check({"nxrrset www.example.com. A"}) == rcode::yxrrset);
}

TEST_CASE("RFC 2136 2.4.4: a name is in use if it owns a record; an empty non-terminal does not")
{
    CHECK(check({"yxdomain www.example.com."}) == rcode::noerror);
    CHECK(check({"yxdomain example.com."}) == rcode::noerror);
    CHECK(check({"yxdomain b.example.com."}) == rcode::nxdomain);
    CHECK(check({"yxdomain nothing.example.com."}) == rcode::nxdomain);
}

TEST_CASE("RFC 2136 2.4.5: a name is not in use")
{
    CHECK(check({"nxdomain nothing.example.com."}) == rcode::noerror);
    CHECK(check({"nxdomain b.example.com."}) == rcode::noerror);
    CHECK(check({"nxdomain www.example.com."}) == rcode::yxdomain);
}

TEST_CASE("Prerequisites look at names, not at answers: a wildcard does not put what it would match in use")
{
    CHECK(check({"yxdomain host.wild.example.com."}) == rcode::nxdomain);
    CHECK(check({"yxdomain *.wild.example.com."}) == rcode::noerror);
    CHECK(check({"yxrrset alias.example.com. A"}) == rcode::nxrrset);
}

TEST_CASE("RFC 2136 3.2: the first prerequisite that does not hold decides, and one that holds saves none")
{
    CHECK(check({"nxdomain www.example.com.", "yxrrset www.example.com. AAAA"}) == rcode::yxdomain);
    CHECK(check({"yxdomain www.example.com.", "nxrrset www.example.com. A"}) == rcode::yxrrset);
}

TEST_CASE("RFC 2136 3.2.1: a prerequisite outside the zone is NOTZONE, before any is looked at")
{
    CHECK(check({"nxdomain www.example.com.", "nxdomain www.example.net."}) == rcode::notzone);
    CHECK(check({"nxdomain badexample.com."}) == rcode::notzone);
}

TEST_CASE("A prerequisite of a type that is none of data is looked up like any other, and found missing")
{
    CHECK(check({"yxrrset www.example.com. AXFR"}) == rcode::nxrrset);
    CHECK(check({"nxrrset www.example.com. AXFR"}) == rcode::noerror);
}

TEST_CASE("An update whose prerequisites hold is done, and one whose do not changes nothing")
{
    tests::served_zones served{{"www.example.com. 300 A 192.0.2.1"}};
    CHECK(served.update({"yxdomain www.example.com.", "add www.example.com. 300 A 192.0.2.2"}).changed);
    CHECK(served.holds(8, {"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"}));
    auto const o = served.update({"nxrrset www.example.com. A", "delete www.example.com."});
    CHECK(o.rcode == rcode::yxrrset);
    CHECK(o.reason == "Prerequisite: www.example.com. A exists.");
    CHECK_FALSE(o.changed);
    CHECK(served.holds(8, {"www.example.com. 300 A 192.0.2.1", "www.example.com. 300 A 192.0.2.2"}));
}
