#include "zone/contents.hpp"

#include "dns/presentation.hpp"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <map>
#include <random>

using namespace homing;
using zone::contents;

namespace {

dns::name const origin = *dns::name::from_text("Example.COM.");

dns::name name(std::string_view text)
{
    auto const n = dns::name::from_text(text);
    REQUIRE(n.has_value());
    return *n;
}

void add(contents& zone, std::string_view owner, dns::rr_type type, std::string_view text, std::uint32_t ttl = 60,
         std::uint32_t line = 0)
{
    zone.add(name(owner), type, ttl, *dns::rdata_from_text(type, text, origin), line);
}

std::vector<std::string> listing(contents const& zone)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i < zone.size(); ++i)
        out.push_back(zone[i].owner.to_string() + ' ' + to_string(zone[i].type) + ' ' + std::to_string(zone[i].count));
    return out;
}

} // namespace

TEST_CASE("RRsets stand in canonical order, types ascending")
{
    contents zone{origin};
    for (auto const* owner :
         {"z.example.com.", "zABC.a.EXAMPLE.com.", "example.com.", R"(\200.z.example.com.)", "yljkjljk.a.example.com.",
          "a.example.com.", R"(\001.z.example.com.)", "*.z.example.com.", "Z.a.example.com."})
        add(zone, owner, dns::rr_type::a, "192.0.2.1");
    add(zone, "a.example.com.", dns::rr_type::txt, "x");
    add(zone, "A.example.com.", dns::rr_type::ns, "ns");
    zone.finish();
    // The order of RFC 4034 6.1's own example.
    CHECK(listing(zone) == std::vector<std::string>{"example.com. A 1", "a.example.com. A 1", "a.example.com. NS 1",
                                                    "a.example.com. TXT 1", "yljkjljk.a.example.com. A 1", "z.a.example.com. A 1",
                                                    "zabc.a.example.com. A 1", "z.example.com. A 1", R"(\001.z.example.com. A 1)",
                                                    "*.z.example.com. A 1", R"(\200.z.example.com. A 1)"});
    CHECK(zone.record_count() == 11);
}

TEST_CASE("records become RRsets: duplicates dropped, the lowest TTL, the first line")
{
    contents zone{origin};
    add(zone, "a.example.com.", dns::rr_type::mx, "10 Mail", 300, 7);
    add(zone, "b.example.com.", dns::rr_type::a, "192.0.2.1", 60, 8);
    add(zone, "A.example.com.", dns::rr_type::mx, "20 mail", 100, 9);
    add(zone, "a.EXAMPLE.com.", dns::rr_type::mx, "10 mail", 200, 10);
    add(zone, "b.example.com.", dns::rr_type::a, "192.0.2.1", 60, 11);
    zone.finish();
    REQUIRE(zone.size() == 2);
    CHECK(zone.record_count() == 3);
    auto const mx = zone[0];
    CHECK(mx.count == 2);
    CHECK(mx.ttl == 100);
    CHECK(mx.line == 7);
    CHECK(mx.ttl_differed);
    auto const set = dns::rrset::from_packed(mx.type, mx.ttl, mx.packed);
    REQUIRE(set.has_value());
    CHECK(set->size() == 2);
    CHECK(dns::to_text(mx.type, set->front()) == "10 Mail.Example.COM.");
    CHECK(zone[1].count == 1);
    CHECK_FALSE(zone[1].ttl_differed);
}

TEST_CASE("strings that differ in case alone are different records")
{
    contents zone{origin};
    add(zone, "a.example.com.", dns::rr_type::txt, "x");
    add(zone, "a.example.com.", dns::rr_type::txt, "X");
    zone.finish();
    CHECK(zone[0].count == 2);
}

TEST_CASE("an empty zone, and one with records of elsewhere")
{
    contents empty{origin};
    empty.finish();
    CHECK(empty.size() == 0);
    CHECK(empty.lower_bound(origin) == 0);
    CHECK_FALSE(empty.find(origin, dns::rr_type::soa).has_value());

    contents zone{origin};
    add(zone, "www.example.org.", dns::rr_type::a, "192.0.2.1");
    add(zone, "b.example.com.", dns::rr_type::a, "192.0.2.1");
    add(zone, "com.", dns::rr_type::a, "192.0.2.1");
    add(zone, ".", dns::rr_type::a, "192.0.2.1");
    add(zone, "example.com.", dns::rr_type::a, "192.0.2.1");
    zone.finish();
    CHECK(listing(zone) ==
          std::vector<std::string>{". A 1", "com. A 1", "example.com. A 1", "b.example.com. A 1", "www.example.org. A 1"});
}

TEST_CASE("RRsets are found by owner and type, whatever the case")
{
    contents zone{origin};
    for (auto const* owner : {"a.example.com.", "c.example.com.", "x.c.example.com."})
        for (auto const type : {dns::rr_type::a, dns::rr_type::txt})
            add(zone, owner, type, type == dns::rr_type::a ? "192.0.2.1" : "x");
    zone.finish();
    CHECK(zone.find(name("C.example.COM."), dns::rr_type::txt)->owner == name("c.example.com."));
    CHECK_FALSE(zone.find(name("c.example.com."), dns::rr_type::mx).has_value());
    CHECK_FALSE(zone.find(name("b.example.com."), dns::rr_type::a).has_value());
    CHECK(zone.lower_bound(name("b.example.com.")) == 2);
    CHECK(zone.lower_bound(name("c.example.com.")) == 2);
    CHECK(zone.lower_bound(name("d.example.com.")) == 6);
}

TEST_CASE("the serial changes and nothing else does")
{
    contents zone{origin};
    add(zone, "example.com.", dns::rr_type::soa, "ns host 1 2 3 4 5");
    add(zone, "example.com.", dns::rr_type::ns, "ns");
    zone.finish();
    zone.set_serial(77);
    auto const soa = zone.find(origin, dns::rr_type::soa);
    CHECK(dns::to_text(soa->type, soa->packed.subspan(2)) == "ns.Example.COM. host.Example.COM. 77 2 3 4 5");
}

TEST_CASE("a huge RRset with many duplicates is finished in no time")
{
    contents zone{origin};
    auto const owner = name("a.example.com.");
    for (std::uint32_t i = 0; i < 400000; ++i) {
        std::uint32_t const v = i % 100000;
        std::uint8_t const address[] = {10, static_cast<std::uint8_t>(v >> 16), static_cast<std::uint8_t>(v >> 8),
                                        static_cast<std::uint8_t>(v)};
        zone.add(owner, dns::rr_type::a, 60, address);
    }
    zone.finish();
    REQUIRE(zone.size() == 1);
    CHECK(zone[0].count == 100000);
    CHECK(zone[0].packed.size() == 600000);
}

TEST_CASE("random records end as in a model: a map ordered by the names' own comparison")
{
    std::mt19937 random{7};
    auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    auto const octet = [](unsigned v) { return static_cast<std::uint8_t>(v); };
    for (int round = 0; round < 300; ++round) {
        auto const before = [](auto const& a, auto const& b) {
            int const order = a.first.view().compare(b.first.view());
            return order != 0 ? order < 0 : a.second < b.second;
        };
        std::map<std::pair<dns::name, dns::rr_type>, std::vector<std::vector<std::uint8_t>>, decltype(before)> model{before};
        contents zone{origin};
        for (unsigned n = below(200); n != 0; --n) {
            std::vector<std::uint8_t> wire;
            for (unsigned labels = below(5); labels != 0; --labels) {
                unsigned const size = below(8) == 0 ? 1 + below(40) : 1 + below(3);
                wire.push_back(octet(size));
                for (unsigned i = 0; i < size; ++i)
                    wire.push_back(octet(below(5) == 0 ? below(256) : below(4)));
            }
            dns::name_view const suffix = below(20) != 0 ? dns::name_view{origin} : dns::name_view{};
            wire.insert(wire.end(), suffix.data(), suffix.data() + suffix.size());
            auto const owner = dns::name_view::parse(wire);
            REQUIRE(owner.has_value());
            auto const type = static_cast<dns::rr_type>(65280 + below(3));
            std::vector<std::uint8_t> rdata(below(3));
            for (auto& b : rdata)
                b = octet(below(3));
            zone.add(*owner, type, 60, rdata);
            auto& set = model[{dns::name{*owner}.to_lower(), type}];
            if (std::find(set.begin(), set.end(), rdata) == set.end())
                set.push_back(rdata);
        }
        zone.finish();
        REQUIRE(zone.size() == model.size());
        std::size_t i = 0;
        for (auto const& [key, records] : model) {
            auto const e = zone[i++];
            REQUIRE(std::ranges::equal(e.owner.bytes(), key.first.view().bytes()));
            REQUIRE(e.type == key.second);
            REQUIRE(e.count == records.size());
            std::vector<std::uint8_t> packed;
            for (auto const& r : records) {
                packed.insert(packed.end(), {0, octet(static_cast<unsigned>(r.size()))});
                packed.insert(packed.end(), r.begin(), r.end());
            }
            REQUIRE(std::ranges::equal(e.packed, packed));
            REQUIRE(zone.find(key.first, key.second)->packed.data() == e.packed.data());
        }
    }
}
