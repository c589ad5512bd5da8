#include "server/dns_asker.hpp"

#include "dns/rdata.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

dns::name name(char const* text)
{
    return *dns::name::from_text(text);
}

question const soa_question{name("example.com"), dns::rr_type::soa};

/// A referral: example.com. NS ns1.example.com., compressed, with glue and an OPT.
std::vector<std::uint8_t> referral(std::uint16_t flags = dns::header_bits::qr)
{
    std::vector<std::uint8_t> octets(512);
    dns::wire_writer out{octets, 0, octets.size()};
    for (std::uint16_t const word : {std::uint16_t{0x1234}, flags})
        out.u16(word);
    for (unsigned const count : {1U, 0U, 1U, 2U})
        out.u16(static_cast<std::uint16_t>(count));
    out.plain(name("EXAMPLE.com"));
    out.u16(static_cast<std::uint16_t>(dns::rr_type::soa));
    out.u16(1);
    out.u16(0xC00C);
    out.u16(static_cast<std::uint16_t>(dns::rr_type::ns));
    out.u16(1);
    out.u32(3600);
    out.u16(6);
    out.bytes(std::array<std::uint8_t, 6>{3, 'n', 's', '1', 0xC0, 12});
    out.u16(0xC029);
    out.u16(static_cast<std::uint16_t>(dns::rr_type::a));
    out.u16(1);
    out.u32(3600);
    out.u16(4);
    out.u32(0xC0000201);
    out.u8(0);
    out.u16(static_cast<std::uint16_t>(dns::rr_type::opt));
    out.u16(1232);
    out.u32(0);
    out.u16(0);
    octets.resize(out.written().size());
    return octets;
}

} // namespace

TEST_CASE("a reply is taken apart, its names decompressed, its OPT left out")
{
    auto const reply = read_reply(referral(), 0x1234, soa_question);
    REQUIRE(reply.has_value());
    CHECK(reply->rcode() == dns::rcode::noerror);
    CHECK_FALSE(reply->is_authoritative());
    CHECK(reply->answer.empty());
    REQUIRE(reply->authority.size() == 1);
    CHECK(*dns::name_view::parse(reply->authority[0].rdata) == name("ns1.example.com").view());
    REQUIRE(reply->additional.size() == 1);
    CHECK(reply->additional[0].owner == name("ns1.example.com"));
    CHECK(reply->additional[0].rdata == std::vector<std::uint8_t>{192, 0, 2, 1});
}

TEST_CASE("what is no reply to the question is none")
{
    CHECK_FALSE(read_reply(referral(), 0x1235, soa_question).has_value());
    CHECK_FALSE(read_reply(referral(0), 0x1234, soa_question).has_value());
    CHECK_FALSE(read_reply(referral(dns::header_bits::qr | 5U << 11), 0x1234, soa_question).has_value());
    CHECK_FALSE(read_reply(referral(), 0x1234, {name("example.net"), dns::rr_type::soa}).has_value());
    CHECK_FALSE(read_reply(referral(), 0x1234, {name("example.com"), dns::rr_type::ns}).has_value());
}

TEST_CASE("a reply that is cut anywhere is none, and is not read beyond its end")
{
    auto const whole = referral();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        std::vector<std::uint8_t> const part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(read_reply(part, 0x1234, soa_question).has_value());
    }
}

TEST_CASE("of a truncated reply the records are not looked at")
{
    auto octets = referral(dns::header_bits::qr | dns::header_bits::tc);
    octets.resize(29);
    auto const reply = read_reply(octets, 0x1234, soa_question);
    REQUIRE(reply.has_value());
    CHECK(reply->is_truncated());
    CHECK(reply->authority.empty());
}

TEST_CASE("an error may come without the question")
{
    std::vector<std::uint8_t> octets{0x12, 0x34, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0};
    CHECK(read_reply(octets, 0x1234, soa_question)->rcode() == dns::rcode::refused);
    octets[3] = 0;
    CHECK_FALSE(read_reply(octets, 0x1234, soa_question).has_value());
}
