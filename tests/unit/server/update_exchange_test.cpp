#include "server/update_exchange.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace homing;
using server::update_exchange;

namespace {

constexpr std::uint64_t now = 1'700'000'000;

std::shared_ptr<dns::tsig_key const> test_key()
{
    return std::make_shared<dns::tsig_key const>(*dns::name::from_text("k.example."), dns::tsig_algorithm::hmac_sha256,
                                                 std::vector<std::uint8_t>(32, 'k'));
}

/// A signed UPDATE of example.com, with or without EDNS.
std::vector<std::uint8_t> signed_update(dns::tsig_key const& key, bool with_edns)
{
    std::vector<std::uint8_t> buffer(1024);
    dns::wire_writer w{buffer, 0, buffer.size()};
    w.u16(0x1234);
    w.u16(0x2800); // UPDATE
    w.u16(1), w.u16(0), w.u16(0), w.u16(with_edns);
    w.plain(*dns::name::from_text("Example.com."));
    w.u16(static_cast<std::uint16_t>(dns::rr_type::soa));
    w.u16(1);
    if (with_edns)
        dns::write_opt(w, {}, dns::rcode::noerror, 4096);
    dns::sign_request(w, key, now);
    buffer.resize(w.position());
    return buffer;
}

struct made_exchange {
    std::vector<std::uint8_t> request;
    dns::request_view view;
    update_exchange exchange;
};

made_exchange make(std::shared_ptr<dns::tsig_key const> const& key, bool with_edns)
{
    auto request = signed_update(*key, with_edns);
    auto const view = dns::request_view::read(request);
    REQUIRE(view.error == dns::rcode::noerror);
    auto const tsig = dns::read_tsig(request, view.tsig_at);
    REQUIRE(tsig.has_value());
    auto const state = dns::make_reply_state(*tsig, dns::verify_tsig(request, *tsig, key.get(), now));
    update_exchange exchange{
        request, view, state, key, *server::socket_address::from_text("192.0.2.9", 5353), server::udp_route{}};
    return {std::move(request), view, std::move(exchange)};
}

bool contains(std::span<std::uint8_t const> message, std::string_view text)
{
    return std::search(message.begin(), message.end(), text.begin(), text.end()) != message.end();
}

} // namespace

TEST_CASE("the reply to an update echoes the zone section, in its case, and is signed")
{
    auto const made = make(test_key(), false);
    std::array<std::uint8_t, 1232> buffer;
    auto const reply = std::span{buffer}.first(made.exchange.write_reply(buffer, dns::rcode::noerror, {}, now));
    auto const view = dns::request_view::read(reply);
    CHECK(view.error == dns::rcode::noerror);
    CHECK(view.header.id == 0x1234);
    CHECK(view.header.is_response());
    CHECK(view.header.opcode() == dns::opcode::update);
    CHECK(contains(reply, "Example"));
    CHECK_FALSE(view.edns.present);
    REQUIRE(view.tsig_at != 0);
    CHECK_FALSE(dns::read_tsig(reply, view.tsig_at)->mac.empty());
}

TEST_CASE("a reason is told where the client speaks EDNS")
{
    auto const made = make(test_key(), true);
    std::array<std::uint8_t, 1232> buffer;
    auto const reply = std::span{buffer}.first(made.exchange.write_reply(buffer, dns::rcode::refused, "no grant", now));
    auto const view = dns::request_view::read(reply);
    CHECK(view.error == dns::rcode::noerror);
    CHECK(view.edns.present);
    CHECK(view.tsig_at != 0);
    CHECK((view.header.flags & 15) == 5);
    CHECK(contains(reply, "no grant"));
}

TEST_CASE("a reason is not told where the client does not speak EDNS, nor where all went well")
{
    std::array<std::uint8_t, 1232> buffer;
    auto const plain = make(test_key(), false);
    CHECK_FALSE(
        contains(std::span{buffer}.first(plain.exchange.write_reply(buffer, dns::rcode::refused, "no grant", now)), "no grant"));
    auto const edns = make(test_key(), true);
    CHECK_FALSE(contains(std::span{buffer}.first(edns.exchange.write_reply(buffer, dns::rcode::noerror, "fine", now)), "fine"));
}

TEST_CASE("a very long reason still fits")
{
    auto const made = make(test_key(), true);
    std::array<std::uint8_t, 1232> buffer;
    auto const size = made.exchange.write_reply(buffer, dns::rcode::refused, std::string(5000, 'x'), now);
    CHECK(size <= 1232);
    CHECK(dns::request_view::read(std::span{buffer}.first(size)).tsig_at != 0);
}

TEST_CASE("an update knows whose it is")
{
    auto const made = make(test_key(), false);
    CHECK(made.exchange.key_name() == *dns::name::from_text("k.example."));
    CHECK(made.exchange.zone() == *dns::name::from_text("example.com."));
    CHECK(made.exchange.client() == "192.0.2.9#5353");
    CHECK(server::via(made.exchange.route()) == std::string_view{"dns/udp"});
}
