#include "zone/versions.hpp"

#include "zone/zone_builder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace {

using namespace homing;
using dns::rr_type;

dns::name name_of(char const* text)
{
    return dns::name::from_text(text).value();
}

zone::contents small_zone(char const* apex)
{
    dns::name const origin = name_of(apex), target = name_of("ns.example.net.");
    zone::contents out{origin};
    std::vector<std::uint8_t> ns{target.data(), target.data() + target.size()};
    std::vector<std::uint8_t> soa = ns;
    soa.insert(soa.end(), ns.begin(), ns.end());
    soa.resize(soa.size() + 20);
    out.add(origin, rr_type::soa, 60, soa);
    out.add(origin, rr_type::ns, 60, ns);
    out.finish();
    return out;
}

void add_zone(zone::versions& v, std::int64_t id, char const* apex)
{
    zone::draft d = v.begin();
    d.put(id, small_zone(apex));
    v.publish(std::move(d));
}

dns::rrset address(std::uint32_t n)
{
    dns::rrset out{rr_type::a, 60};
    std::uint8_t const rdata[] = {10, static_cast<std::uint8_t>(n >> 16U), static_cast<std::uint8_t>(n >> 8U),
                                  static_cast<std::uint8_t>(n)};
    out.add(rdata);
    return out;
}

} // namespace

TEST_CASE("a reader keeps its version while newer ones are published, and then gets the newest")
{
    zone::versions v{1};
    zone::versions::reader reader{v};
    zone::snapshot const& before = reader.enter();
    CHECK(before.zone_count() == 0);
    add_zone(v, 1, "example.com.");
    CHECK(before.zone_count() == 0);
    CHECK(reader.newest() == before.number() + 1);
    reader.leave();
    zone::versions::reading const now{reader};
    CHECK(now->zone_count() == 1);
    CHECK(now->find(name_of("EXAMPLE.com.")) != nullptr);
}

TEST_CASE("what a held version needs is freed when its reader leaves, not before")
{
    zone::versions v{1};
    add_zone(v, 1, "example.com.");
    zone::versions::reader reader{v};
    zone::snapshot const& held = reader.enter();
    zone::draft d = v.begin();
    REQUIRE(d.remove(name_of("example.com.")));
    v.publish(std::move(d));
    CHECK(held.find(name_of("example.com."))->apex_node().find(rr_type::soa).count == 1);
    std::size_t const while_held = v.memory().in_use;
    reader.leave();
    add_zone(v, 2, "example.net."); // publishing frees
    CHECK(v.memory().in_use < while_held + while_held / 2);
    CHECK(v.memory().retired == 0);
}

TEST_CASE("what waits to be freed is counted, generation by generation, and no longer when it is freed")
{
    zone::versions v{1};
    add_zone(v, 1, "example.com.");
    zone::versions::reader reader{v};
    reader.enter();
    std::size_t last = v.memory().retired;
    for (std::int64_t i = 2; i < 100; ++i) {
        add_zone(v, i, ("z" + std::to_string(i) + ".example.").c_str());
        CHECK(v.memory().retired >= last);
        last = v.memory().retired;
    }
    CHECK(last > 0);
    reader.leave();
    add_zone(v, 100, "example.net.");
    CHECK(v.memory().retired == 0);
}

TEST_CASE("the closest zone of a name is the one with the longest apex")
{
    zone::versions v{1};
    for (char const* apex : {"com.", "example.com.", "a.b.example.com."})
        add_zone(v, 1, apex);
    auto const closest = [&](char const* n) -> std::string {
        zone::zone_version const* const z = v.newest().closest(name_of(n));
        return z != nullptr ? z->apex().to_string() : "";
    };
    CHECK(closest("www.example.com.") == "example.com.");
    CHECK(closest("b.example.com.") == "example.com.");
    CHECK(closest("x.A.b.example.com.") == "a.b.example.com.");
    CHECK(closest("org.") == "");
    CHECK(closest(".") == "");
    CHECK(closest("notexample.com.") == "com.");
    add_zone(v, 9, ".");
    CHECK(closest("org.") == ".");
}

TEST_CASE("readers on other threads always see one whole version while the writer publishes")
{
    zone::versions v{1};
    add_zone(v, 1, "example.com.");
    dns::name const apex = name_of("example.com."), first = name_of("a.example.com."), second = name_of("b.c.example.com.");
    std::atomic<bool> stop{false};
    std::atomic<int> torn{0}, started{0};
    auto const read = [&] {
        zone::versions::reader reader{v};
        ++started;
        while (!stop.load()) {
            zone::versions::reading const now{reader};
            zone::zone_version const* const z = now->find(apex);
            zone::node const* const a = z->find(first);
            zone::node const* const b = z->find(second);
            bool const both = a != nullptr && b != nullptr;
            if ((a == nullptr) != (b == nullptr) || (both && !(a->find(rr_type::a).copy() == b->find(rr_type::a).copy())))
                ++torn;
        }
    };
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back(read);
    while (started != 3)
        std::this_thread::yield();
    for (std::uint32_t n = 0; n < 3000; ++n) {
        zone::draft d = v.begin();
        zone::zone_edit edit = d.edit(apex);
        dns::rrset const set = n % 5 == 4 ? dns::rrset{rr_type::a, 0} : address(n);
        edit.set(first, set);
        edit.set(second, set);
        edit.apply();
        v.publish(std::move(d));
    }
    stop = true;
    for (auto& t : readers)
        t.join();
    CHECK(torn == 0);
}
