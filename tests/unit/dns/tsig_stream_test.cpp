#include "dns/tsig_stream.hpp"

#include "tests/support/bytes.hpp"

#include <catch2/catch_all.hpp>

using namespace homing;
using namespace homing::dns;
using test::octets;
using test::operator""_n;

namespace {

constexpr std::uint64_t now = 1700000000;

auto make_key(std::uint8_t secret = 1, char const* key_name = "key.example")
{
    return std::make_shared<tsig_key const>(*name::from_text(key_name), tsig_algorithm::hmac_sha256, octets(32, secret));
}

octets message(std::uint8_t number)
{
    return {0, 7, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, number}; // (what stands behind the header does not matter to a signature)
}

/// A signed request, and its replies.
struct conversation {
    std::shared_ptr<tsig_key const> key = make_key();
    octets request_mac;
    std::optional<tsig_stream_signer> signer;

    conversation()
    {
        octets buffer(512);
        wire_writer out{buffer, 0, buffer.size()};
        out.bytes(octets{0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 252, 0, 1});
        request_mac = sign_request(out, *key, now);
        auto const request = out.written();
        auto const view = request_view::read(request);
        auto const tsig = read_tsig(request, view.tsig_at);
        signer.emplace(make_reply_state(*tsig, verify_tsig(request, *tsig, key.get(), now)), key);
    }

    struct reply {
        octets bytes;
        std::size_t tsig_at;
    };
    reply sign(octets m, std::uint64_t when = now)
    {
        std::size_t const at = m.size();
        m.resize(at + 500);
        wire_writer out{m, at, m.size()};
        signer->sign(out, when);
        m.resize(out.position());
        return {m, at};
    }
    tsig_stream_verifier verifier() const { return {key, request_mac}; }
};

} // namespace

TEST_CASE("the messages of a stream are verified one after the other", "[tsig_stream]")
{
    conversation c;
    auto v = c.verifier();
    CHECK_FALSE(v.is_complete());
    for (std::uint8_t i = 0; i < 5; ++i) {
        auto const r = c.sign(message(i));
        CHECK(v.take(r.bytes, r.tsig_at, now).has_value());
        CHECK(v.is_complete());
    }
}

TEST_CASE("a message that was changed, left out or moved is seen", "[tsig_stream]")
{
    conversation c;
    auto const a = c.sign(message(1)), b = c.sign(message(2)), d = c.sign(message(3));
    {
        auto v = c.verifier();
        CHECK_FALSE(v.take(b.bytes, b.tsig_at, now).has_value());
    }
    auto v = c.verifier();
    REQUIRE(v.take(a.bytes, a.tsig_at, now).has_value());
    auto changed = b;
    changed.bytes[12] ^= 1;
    CHECK(v.take(changed.bytes, changed.tsig_at, now).error().message == "its signature is wrong");
    CHECK_FALSE(v.take(d.bytes, d.tsig_at, now).has_value());
    CHECK(v.take(b.bytes, b.tsig_at, now).has_value());
}

TEST_CASE("messages in between may be unsigned, and count for the next signature", "[tsig_stream]")
{
    // A peer that signs each third message: RFC 8945 5.3.1 digests what was not signed whole.
    conversation c;
    auto v = c.verifier();
    auto const first = c.sign(message(0));
    REQUIRE(v.take(first.bytes, first.tsig_at, now).has_value());
    REQUIRE(v.take(message(1), 0, now).has_value());
    CHECK_FALSE(v.is_complete());
    auto const third = c.sign(message(2)); // over the first's signature alone: message 1 was not the signer's
    CHECK_FALSE(v.take(third.bytes, third.tsig_at, now).has_value());
}

TEST_CASE("the first message must be signed, and no hundred in a row may be unsigned", "[tsig_stream]")
{
    conversation c;
    auto v = c.verifier();
    CHECK(v.take(message(0), 0, now).error().message == "it is not signed");
    auto const first = c.sign(message(0));
    REQUIRE(v.take(first.bytes, first.tsig_at, now).has_value());
    for (std::size_t i = 0; i < tsig_stream_verifier::most_unsigned; ++i)
        REQUIRE(v.take(message(1), 0, now).has_value());
    CHECK_FALSE(v.take(message(1), 0, now).has_value());
}

TEST_CASE("another key, another secret and another time are seen", "[tsig_stream]")
{
    conversation c;
    auto const r = c.sign(message(0));
    tsig_stream_verifier other_secret{make_key(2), c.request_mac}, other_name{make_key(1, "other.example"), c.request_mac};
    CHECK(other_secret.take(r.bytes, r.tsig_at, now).error().message == "its signature is wrong");
    CHECK(other_name.take(r.bytes, r.tsig_at, now).error().message == "it is signed with another key, key.example.");
    auto v = c.verifier();
    CHECK_FALSE(v.take(r.bytes, r.tsig_at, now + 1000).has_value());
}
