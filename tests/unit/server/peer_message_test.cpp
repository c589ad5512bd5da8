#include "server/peer_message.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t now = 1'700'000'000;
dns::name const zone = *dns::name::from_text("example.com.");
dns::tsig_key const key{*dns::name::from_text("second."), dns::tsig_algorithm::hmac_sha256, bytes(32, 7)};
dns::tsig_key const stranger{*dns::name::from_text("second."), dns::tsig_algorithm::hmac_sha256, bytes(32, 8)};

bytes soa(std::uint32_t serial)
{
    bytes r = {2, 'n', 's', 0, 4, 'r', 'o', 'o', 't', 0};
    for (std::uint32_t const field : {serial, 3600U, 600U, 604800U, 300U})
        for (int shift = 24; shift >= 0; shift -= 8)
            r.push_back(static_cast<std::uint8_t>(field >> shift));
    return r;
}

bytes ask(asked_peer& asked, dns::tsig_key const* with)
{
    bytes buffer(1232);
    buffer.resize(write_question(buffer, asked, soa(7), 3600, with, now));
    return buffer;
}

/// The reply of a well-behaved peer, signed if the question was.
bytes reply_to(bytes const& question, dns::tsig_key const* with, dns::rcode code, std::optional<std::uint32_t> serial = {},
               dns::name_view owner = zone)
{
    auto const request = dns::request_view::read(question);
    bytes buffer = question;
    buffer.resize(1232);
    dns::wire_writer out{buffer, dns::write_bare_reply(buffer, request, code), buffer.size()};
    if (serial) {
        auto const rdata = soa(*serial);
        out.plain(owner);
        out.u16(6);
        out.u16(1);
        out.u32(3600);
        out.u16(static_cast<std::uint16_t>(rdata.size()));
        out.bytes(rdata);
        out.patch16(6, 1);
    }
    if (with != nullptr) {
        auto const tsig = dns::read_tsig(question, request.tsig_at);
        dns::sign_reply(out, dns::make_reply_state(*tsig, dns::verify_tsig(question, *tsig, with, now)), with, now);
    }
    buffer.resize(out.position());
    return buffer;
}

} // namespace

TEST_CASE("A NOTIFY says which zone, with its SOA as a hint, and is signed")
{
    asked_peer asked{peer_question::notify, 77, zone, {}};
    auto const message = ask(asked, &key);
    auto const view = dns::request_view::read(message);
    CHECK(view.error == dns::rcode::noerror);
    CHECK(view.header.id == 77);
    CHECK(view.header.opcode() == dns::opcode::notify);
    CHECK((view.header.flags & dns::header_bits::aa) != 0);
    CHECK(view.question.qname == zone);
    CHECK(view.question.type == dns::rr_type::soa);
    CHECK(view.header.counts[1] == 1);
    auto const tsig = dns::read_tsig(message, view.tsig_at);
    REQUIRE(tsig);
    CHECK(dns::verify_tsig(message, *tsig, &key, now).verified());
}

TEST_CASE("An answer is taken when it is the answer to what was asked")
{
    for (auto const kind : {peer_question::notify, peer_question::soa})
        for (auto const* const with : {static_cast<dns::tsig_key const*>(nullptr), &key}) {
            asked_peer asked{kind, 77, zone, {}};
            auto const question = ask(asked, with);
            auto const answer = read_answer(reply_to(question, with, dns::rcode::noerror, 9), asked, with, now);
            REQUIRE(answer);
            CHECK(answer->rcode == dns::rcode::noerror);
            CHECK(answer->serial == 9U);
            asked_peer another = asked;
            another.id = 78;
            CHECK_FALSE(read_answer(reply_to(question, with, dns::rcode::noerror, 9), another, with, now));
            another = asked;
            another.apex = *dns::name::from_text("example.net.");
            CHECK_FALSE(read_answer(reply_to(question, with, dns::rcode::noerror, 9), another, with, now));
            another = asked;
            another.kind = kind == peer_question::soa ? peer_question::notify : peer_question::soa;
            CHECK_FALSE(read_answer(reply_to(question, with, dns::rcode::noerror, 9), another, with, now));
            CHECK_FALSE(read_answer(question, asked, with, now)); // no answer at all
        }
}

TEST_CASE("The SOA of another zone says nothing")
{
    asked_peer asked{peer_question::soa, 77, zone, {}};
    auto const question = ask(asked, &key);
    auto const answer =
        read_answer(reply_to(question, &key, dns::rcode::noerror, 9, *dns::name::from_text("com.")), asked, &key, now);
    REQUIRE(answer);
    CHECK_FALSE(answer->serial);
}

TEST_CASE("What is to be signed and is not, or by another, is not taken; an error is, which a peer without the key cannot sign")
{
    asked_peer asked{peer_question::soa, 77, zone, {}};
    auto const question = ask(asked, &key);
    CHECK_FALSE(read_answer(reply_to(question, nullptr, dns::rcode::noerror, 9), asked, &key, now));
    CHECK_FALSE(read_answer(reply_to(question, &stranger, dns::rcode::noerror, 9), asked, &key, now));
    auto const refused = read_answer(reply_to(question, nullptr, dns::rcode::notauth), asked, &key, now);
    REQUIRE(refused);
    CHECK(refused->rcode == dns::rcode::notauth);
    CHECK_FALSE(refused->serial);
    auto const lying = read_answer(reply_to(question, nullptr, dns::rcode::refused, 9), asked, &key, now);
    CHECK((!lying || !lying->serial));
}

TEST_CASE("Whatever is cut off or changed in an answer, nothing is read beyond it and nothing unsigned is believed")
{
    asked_peer asked{peer_question::soa, 77, zone, {}};
    auto const question = ask(asked, &key);
    auto const good = reply_to(question, &key, dns::rcode::noerror, 9);
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK_FALSE(read_answer(bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), asked, &key, now));
    for (std::size_t at = 0; at < good.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto bad = good;
            bad[at] = static_cast<std::uint8_t>(bad[at] ^ 1U << bit);
            auto const answer = read_answer(bad, asked, &key, now);
            CHECK((!answer || !answer->serial || answer->serial == 9U));
        }
}
