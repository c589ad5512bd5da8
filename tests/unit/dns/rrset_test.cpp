#include "dns/rrset.hpp"

#include "tests/support/bytes.hpp"

#include <catch2/catch_all.hpp>

#include <set>

using namespace homing;
using namespace homing::dns;
using test::hex;
using test::octets;

TEST_CASE("an RRset holds each record once")
{
    rrset set{rr_type::mx, 300};
    CHECK(set.empty());
    CHECK(set.add(hex("000a 0161 00")));
    CHECK_FALSE(set.add(hex("000a 0141 00"))); // the same name
    CHECK(set.add(hex("000b 0161 00")));
    CHECK(set.size() == 2);
    CHECK(set.contains(hex("000b 0141 00")));
    CHECK(set.front()[1] == 0x0A);
    CHECK(set.remove(hex("000a 0141 00")));
    CHECK_FALSE(set.remove(hex("000a 0161 00")));
    CHECK(set.size() == 1);
    CHECK(set.front()[1] == 0x0B);
    set.clear();
    CHECK(set.empty());
    CHECK(set.packed().empty());
}

TEST_CASE("RRsets are equal in whatever order their records came")
{
    rrset a{rr_type::a, 1}, b{rr_type::a, 1};
    for (auto const* const text : {"c0000201", "c0000202", "c0000203"})
        a.add(hex(text));
    for (auto const* const text : {"c0000203", "c0000201"})
        b.add(hex(text));
    CHECK_FALSE(a == b);
    b.add(hex("c0000202"));
    CHECK(a == b);
    b.ttl(2);
    CHECK_FALSE(a == b);
    b.ttl(1);
    b.remove(hex("c0000202"));
    b.add(hex("c0000204"));
    CHECK_FALSE(a == b);
}

TEST_CASE("packed records read back, and damaged ones do not")
{
    rrset set{rr_type::txt, 60};
    set.add(hex("0161"));
    set.add(hex("0162 0163"));
    auto const packed = octets(set.packed().begin(), set.packed().end());
    CHECK(packed == hex("0002 0161 0004 0162 0163"));
    auto const copy = rrset::from_packed(rr_type::txt, 60, packed);
    REQUIRE(copy);
    CHECK(*copy == set);
    CHECK(copy->size() == 2);
    CHECK(set.wire_size() == 2 * 12 + 6);
    for (std::size_t size = 1; size < packed.size(); ++size)
        if (size != 4)
            CHECK_FALSE(rrset::from_packed(rr_type::txt, 60, std::span{packed}.first(size)));
    CHECK_FALSE(rrset::from_packed(rr_type::a, 60, packed));
}

TEST_CASE("an RRset behaves as a set does")
{
    std::mt19937 random{2181};
    for (int round = 0; round < 50; ++round) {
        rrset set{rr_type::txt, 0};
        std::set<octets> model;
        for (int i = 0; i < 100; ++i) {
            octets const record = {2, static_cast<std::uint8_t>('a' + random() % 4),
                                   static_cast<std::uint8_t>('A' + random() % 4)};
            if (random() % 2)
                CHECK(set.add(record) == model.insert(record).second);
            else
                CHECK(set.remove(record) == (model.erase(record) == 1));
            CHECK(set.size() == model.size());
        }
        std::set<octets> left;
        set.for_each([&](rdata_view r) { left.emplace(r.begin(), r.end()); });
        CHECK(left == model);
    }
}
