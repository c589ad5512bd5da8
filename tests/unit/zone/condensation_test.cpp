#include "zone/condensation.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;

namespace {

dns::name name(char const* text)
{
    return dns::name::from_text(text).value();
}

dns::rrset set(std::uint32_t ttl, std::vector<std::uint8_t> const& addresses)
{
    dns::rrset s{dns::rr_type::a, ttl};
    for (std::uint8_t const a : addresses)
        s.add(std::vector<std::uint8_t>{192, 0, 2, a});
    return s;
}

dns::rrset const none{dns::rr_type::a, 0};

} // namespace

TEST_CASE("what comes and leaves again is no difference")
{
    zone::condensation net;
    net.add({name("a."), set(60, {1}), set(60, {2, 3})});
    CHECK(net.is_changed(name("a."), dns::rr_type::a));
    CHECK_FALSE(net.is_changed(name("b."), dns::rr_type::a));
    net.add({name("a."), set(60, {2}), none});
    net.add({name("a."), set(60, {3}), set(60, {1})});
    CHECK_FALSE(net.is_changed(name("a."), dns::rr_type::a));
    CHECK(net.take().empty());
    CHECK(net.octets() == 0);
}

TEST_CASE("steps come to one")
{
    zone::condensation net;
    net.add({name("a."), set(60, {1}), set(60, {2})});
    net.add({name("a."), none, set(60, {3})});
    net.add({name("a."), set(60, {2}), set(60, {4})});
    auto const changes = net.take();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].before == set(60, {1}));
    CHECK(changes[0].after == set(60, {3, 4}));
    auto const back = zone::inverse(changes);
    CHECK(back[0].before == set(60, {3, 4}));
    CHECK(back[0].after == set(60, {1}));
}

TEST_CASE("a TTL that changes and changes back is no difference, one that does not is one of every record")
{
    zone::condensation net;
    net.add({name("a."), set(60, {1, 2}), set(30, {1, 2})});
    net.add({name("a."), none, set(30, {3})});
    auto const changes = net.take();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].before == set(60, {1, 2}));
    CHECK(changes[0].after == set(30, {1, 2, 3}));
    net.add({name("a."), set(30, {1, 2, 3}), set(60, {1, 2, 3})});
    REQUIRE(net.take().size() == 1);
    CHECK(net.take()[0].before.empty());
    CHECK(net.take()[0].after == set(60, {3}));
}

TEST_CASE("differences come in the canonical order of their names")
{
    zone::condensation net;
    for (char const* owner : {"z.example.", "example.", "b.a.example.", "a.example.", "*.example."})
        net.add({name(owner), none, set(60, {1})});
    std::string order;
    for (auto const& c : net.take())
        order += c.owner.to_string() + " ";
    CHECK(order == "example. *.example. a.example. b.a.example. z.example. ");
}
