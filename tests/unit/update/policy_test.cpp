#include "tests/support/served_zones.hpp"
#include "update/policy.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using dns::rcode;
using tests::served_zones;

TEST_CASE("RFC 2136 3.3: a key changes what its grants cover, a name and all below it")
{
    served_zones served;
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.1"}, "www.").changed);
    CHECK(served.update({"add a.b.WWW.example.com. 300 A 192.0.2.1"}, "www.").changed);
    CHECK(served.update({"add anything.example.com. 300 A 192.0.2.1"}, "zone.").changed);
    CHECK(served.update({"add anything.example.com. 300 A 192.0.2.2"}, "all.").changed);
    CHECK(served.update({"add example.com. 300 TXT apex"}, "ZONE.").changed);
}

TEST_CASE("RFC 2136 3.3: one record that is not granted refuses the whole update, with the reason")
{
    served_zones served;
    auto const o = served.update({"add www.example.com. 300 A 192.0.2.1", "add ftp.example.com. 300 A 192.0.2.1"}, "www.");
    CHECK(o.rcode == rcode::refused);
    CHECK(o.reason.find("www.") != std::string::npos);
    CHECK(o.reason.find("ftp.example.com. A") != std::string::npos);
    CHECK(served.holds(7, {}));
    CHECK(served.update({"delete example.com. TXT"}, "www.").rcode == rcode::refused);
    CHECK(served.update({"add notwww.example.com. 300 A 192.0.2.1"}, "www.").rcode == rcode::refused);
}

TEST_CASE("RFC 2136 3.2 comes before 3.3: who has some right in the zone hears of prerequisites first")
{
    served_zones served;
    CHECK(served.update({"yxdomain secret.example.com.", "add ftp.example.com. 300 A 192.0.2.1"}, "www.").rcode ==
          rcode::nxdomain);
}

TEST_CASE("A key without any right in the zone is REFUSED, and prerequisites tell it nothing")
{
    served_zones served{{"secret.example.com. 300 A 192.0.2.1"}};
    for (std::string key : {"other.", "unknown."}) {
        CHECK(served.update({"yxdomain secret.example.com."}, key).rcode == rcode::refused);
        CHECK(served.update({"yxdomain nothing.example.com."}, key).rcode == rcode::refused);
        CHECK(served.update({}, key).rcode == rcode::refused);
    }
}

TEST_CASE("The serial that the server advances needs no grant")
{
    served_zones served;
    CHECK(served.update({"add www.example.com. 300 A 192.0.2.1"}, "www.").serial == 8);
}

TEST_CASE("A right in a zone is a grant for its apex, above it, or for a name in it; the transfer needs the whole zone")
{
    update::key_ring const ring{std::vector{tests::key("above.", {"com"}), tests::key("in.", {"a.example.com"}),
                                            tests::key("beside.", {"example.net"}), tests::key("all.", {"*"}),
                                            tests::key("none.", {})}};
    auto const apex = tests::name("example.com");
    auto const right = [&](char const* k) { return has_right_in(*ring.find(tests::name(k)), apex); };
    auto const transfer = [&](char const* k) { return bool{may_transfer(*ring.find(tests::name(k)), apex)}; };
    CHECK((right("above.") && right("in.") && right("all.")));
    CHECK_FALSE((right("beside.") || right("none.")));
    CHECK((transfer("above.") && transfer("all.")));
    CHECK_FALSE((transfer("in.") || transfer("beside.")));
}
