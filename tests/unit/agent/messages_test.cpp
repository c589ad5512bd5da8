#include "agent/messages.hpp"
#include "tests/unit/agent/wire_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace homing;
using namespace homing::agent;
using dns::rcode;
using dns::rr_type;
using tests::bytes;

namespace {

constexpr std::uint64_t now = 1'700'000'000;
auto const key = tests::agent_key();
dns::name const host = *dns::name::from_text("home.example.com"), zone = *dns::name::from_text("example.com");

request an_update(std::vector<replacement> const& what)
{
    return make_update(0x1234, zone, host, 60, what, *key, now);
}

request an_update()
{
    return an_update({{address_family::ipv4, ip_address::from_text("203.0.113.1")}});
}

reply read(bytes const& message, request const& asked, std::uint64_t time = now)
{
    auto const r = read_reply(message, asked, asked.mac.empty() ? nullptr : key.get(), time);
    REQUIRE(std::holds_alternative<reply>(r));
    return std::get<reply>(r);
}

reply_fault fault_of(bytes const& message, request const& asked)
{
    auto const r = read_reply(message, asked, asked.mac.empty() ? nullptr : key.get(), now);
    REQUIRE(std::holds_alternative<reply_fault>(r));
    return std::get<reply_fault>(r);
}

} // namespace

TEST_CASE("an update replaces the RRsets of the families that it names and touches nothing else")
{
    auto const update = an_update({{address_family::ipv4, ip_address::from_text("203.0.113.1")},
                                   {address_family::ipv6, ip_address::from_text("2001:db8::1")}});
    auto const view = dns::request_view::read(update.message);
    REQUIRE(view.error == rcode::noerror);
    CHECK(view.header.opcode() == dns::opcode::update);
    CHECK(view.question.qname == zone);
    CHECK(view.question.type == rr_type::soa);
    CHECK(view.header.counts[1] == 0);
    CHECK(view.header.counts[2] == 4);
    CHECK(tests::told_by(update.message) == "-A +A 203.0.113.1 -AAAA +AAAA 2001:db8::1");
    CHECK(dns::verify_tsig(update.message, *dns::read_tsig(update.message, view.tsig_at), key.get(), now).verified());
    CHECK(tests::told_by(an_update({{address_family::ipv6, {}}}).message) == "-AAAA");
}

TEST_CASE("a reply counts if it is signed by the key, over the request")
{
    auto const asked = an_update();
    auto const good = tests::reply_to(asked.message, rcode::noerror, {}, key.get(), now);
    auto const r = read(good, asked);
    CHECK(r.is_authentic);
    CHECK(r.rcode == rcode::noerror);
    for (std::size_t i = 0; i < good.size(); ++i) { // whatever octet is changed
        auto bad = good;
        bad[i] ^= 1;
        auto const other = read_reply(bad, asked, key.get(), now);
        auto const* const taken = std::get_if<reply>(&other);
        INFO(i);
        CHECK((taken == nullptr || !taken->is_authentic || dns::lower(good[i]) == dns::lower(bad[i])));
    }
    auto const stranger = tests::agent_key(2);
    auto const theirs = make_update(0x1234, zone, host, 60, std::vector<replacement>{{address_family::ipv4, {}}}, *stranger, now);
    auto const forged = tests::reply_to(theirs.message, rcode::noerror, {}, stranger.get(), now);
    CHECK(fault_of(tests::reply_to(asked.message, rcode::noerror, {}, nullptr, now), asked) == reply_fault::wrongly_signed);
    CHECK((fault_of(forged, asked) == reply_fault::wrongly_signed));
    auto const later = make_update(0x1234, zone, host, 60, std::vector<replacement>{{address_family::ipv4, {}}}, *key, now);
    CHECK(fault_of(good, later) == reply_fault::wrongly_signed); // of another request
}

TEST_CASE("a reply's ID, opcode and question are the request's; an update's reply may have no question")
{
    auto const asked = make_query(7, host, rr_type::a, false);
    auto const good = tests::reply_to(asked.message, rcode::noerror, {}, nullptr, now);
    CHECK(read(good, asked).rcode == rcode::noerror);
    auto bad = good;
    bad[1] ^= 1;
    CHECK(fault_of(bad, asked) == reply_fault::unrelated);
    bad = good;
    bad[2] &= 0x7F; // a request
    CHECK(fault_of(bad, asked) == reply_fault::unrelated);
    bad = good;
    bad[2] |= 0x28;
    CHECK(fault_of(bad, asked) == reply_fault::unrelated);
    bad = good;
    bad[14] ^= 1;
    CHECK(fault_of(bad, asked) == reply_fault::unrelated);
    CHECK(fault_of({1, 2, 3}, asked) == reply_fault::malformed);
    bad = good;
    bad.push_back(0);
    CHECK(fault_of(bad, asked) == reply_fault::malformed);

    bytes const bare{0x12, 0x34, 0xA8, 5, 0, 0, 0, 0, 0, 0, 0, 0};
    auto const refused = read(bare, an_update());
    CHECK(refused.rcode == rcode::refused);
    CHECK_FALSE(refused.is_authentic); // anybody can have said so
}

TEST_CASE("the server's time is learnt from a BADTIME that it signed")
{
    auto const asked = an_update();
    auto const r = read(tests::reply_to(asked.message, rcode::noerror, {}, key.get(), now + 1000), asked);
    CHECK(r.is_authentic);
    CHECK(r.rcode == rcode::notauth);
    CHECK(r.signature_error == rcode::badtime);
    CHECK(r.server_time == now + 1000);
    // A reply that was signed when our clock shows another time: it is of this request, and counts.
    auto const good = tests::reply_to(asked.message, rcode::noerror, {}, key.get(), now);
    CHECK(read(good, asked, now + 100'000).is_authentic);
}

TEST_CASE("a key that the server does not know is told without a signature")
{
    auto const asked = an_update();
    auto const r = read(tests::reply_to(asked.message, rcode::noerror, {}, tests::agent_key(2).get(), now), asked);
    CHECK_FALSE(r.is_authentic);
    CHECK(r.rcode == rcode::notauth);
    CHECK(r.signature_error == rcode::badsig);
}

TEST_CASE("addresses and the SOA are found in replies")
{
    auto const asked = make_query(7, host, rr_type::a, false);
    auto const two = tests::reply_to(asked.message, rcode::noerror,
                                     {{"home.example.com", rr_type::a, tests::octets_of("203.0.113.9")},
                                      {"home.example.com", rr_type::a, tests::octets_of("203.0.113.1")},
                                      {"home.example.com", rr_type::a, {1, 2, 3}},
                                      {"elsewhere.example.com", rr_type::a, tests::octets_of("203.0.113.5")}},
                                     nullptr, now);
    CHECK(addresses_in(two, rr_type::a, &host) ==
          std::vector{*ip_address::from_text("203.0.113.1"), *ip_address::from_text("203.0.113.9")});
    CHECK(addresses_in(two, rr_type::a, nullptr).size() == 3);
    CHECK(addresses_in(two, rr_type::aaaa, &host).empty());
    auto const soa = [&](char const* owner, bytes rdata) {
        return soa_in(tests::reply_to(asked.message, rcode::noerror, {{owner, rr_type::soa, std::move(rdata)}}, nullptr, now),
                      host);
    };
    auto const found = soa("example.com", tests::soa_rdata("ns1.example.com"));
    REQUIRE(found);
    CHECK(found->zone == zone);
    CHECK(found->primary == *dns::name::from_text("ns1.example.com"));
    CHECK_FALSE(soa("example.net", tests::soa_rdata("ns1.example.com")));
    CHECK_FALSE(soa("example.com", {5, 'a'}));
}

TEST_CASE("whatever comes is read within its bounds")
{
    auto const asked = an_update();
    auto const good = tests::reply_to(asked.message, rcode::noerror,
                                      {{"home.example.com", rr_type::soa, tests::soa_rdata("ns1.a")}}, key.get(), now);
    std::mt19937 random{3};
    for (int i = 0; i < 50'000; ++i) {
        auto m = good;
        for (unsigned k = random() % 4; k != 0; --k)
            m[random() % m.size()] = static_cast<std::uint8_t>(random());
        m.resize(random() % 8 == 0 ? random() % (m.size() + 1) : m.size());
        bytes const exact(m.begin(), m.end());
        (void)read_reply(exact, asked, key.get(), now);
        (void)addresses_in(exact, rr_type::a, nullptr);
        (void)soa_in(exact, host);
    }
}
