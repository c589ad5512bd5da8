#include "tests/support/served_zones.hpp"

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

TEST_CASE("Keys are found by name in any case, and a ring without keys finds none")
{
    update::key_ring const empty, none{std::vector<storage::key_record>{}};
    CHECK(empty.find(tests::name("k.")) == nullptr);
    CHECK(none.find(tests::name("k.")) == nullptr);
    std::vector<storage::key_record> many;
    for (int i = 0; i < 300; ++i)
        many.push_back(tests::key("key" + std::to_string(i) + ".", {"h" + std::to_string(i) + ".example.com."}));
    update::key_ring const ring{many};
    REQUIRE(ring.keys().size() == 300);
    for (int i = 0; i < 300; ++i) {
        auto const* k = ring.find(tests::name("KEY" + std::to_string(i) + "."));
        REQUIRE(k != nullptr);
        CHECK(k->may_change(tests::name("x.h" + std::to_string(i) + ".example.com.")));
    }
    CHECK(ring.find(tests::name("key300.")) == nullptr);
    for (std::size_t i = 1; i < 300; ++i)
        CHECK(ring.keys()[i - 1].key->key_name().compare(ring.keys()[i].key->key_name()) < 0);
}

TEST_CASE("A ring with a key added, replaced or removed shares the keys that stayed")
{
    update::key_ring const one{std::vector{tests::key("a.", {}), tests::key("b.", {})}};
    auto const two = one.with(tests::key("A.", {"*"})).with(tests::key("aa.", {}));
    CHECK(two.keys().size() == 3);
    CHECK(two.find(tests::name("a."))->may_change(tests::name("x.")));
    CHECK(two.find(tests::name("b."))->key == one.find(tests::name("b."))->key);
    CHECK_FALSE(one.find(tests::name("a."))->may_change(tests::name("x.")));
    auto const three = two.without(tests::name("B.")).without(tests::name("c."));
    CHECK(three.keys().size() == 2);
    CHECK(three.find(tests::name("b.")) == nullptr);
}

TEST_CASE("A right in a zone is a grant for its apex, above it, or for a name in it; the transfer needs the whole zone")
{
    update::key_ring const ring{std::vector{tests::key("above.", {"com"}), tests::key("in.", {"a.example.com"}),
                                            tests::key("beside.", {"example.net"}), tests::key("all.", {"*"}),
                                            tests::key("none.", {})}};
    auto const apex = tests::name("example.com");
    auto const right = [&](char const* k) { return ring.find(tests::name(k))->has_right_in(apex); };
    auto const transfer = [&](char const* k) { return ring.find(tests::name(k))->may_transfer(apex); };
    CHECK((right("above.") && right("in.") && right("all.")));
    CHECK_FALSE((right("beside.") || right("none.")));
    CHECK((transfer("above.") && transfer("all.")));
    CHECK_FALSE((transfer("in.") || transfer("beside.")));
}
