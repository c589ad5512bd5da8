#include "dns/message.hpp"

#include "tests/support/bytes.hpp"

#include <catch2/catch_all.hpp>

using namespace homing;
using namespace homing::dns;
using test::hex;
using test::octets;
using test::operator""_n;

namespace {

constexpr std::string_view question = "03777777 076578616d706c65 00 001c 0001 "; // www.example. AAAA, 17 octets
constexpr std::string_view opt = "00 0029 04d0 00 00 8000 0000 ";
constexpr std::string_view tsig = "016b 00 00fa 00ff 00000000 0000 ";
constexpr std::string_view address = "c00c 0001 0001 0000003c 0004 c0000201 ";

/// A message with the ID 1234, these flags and counts, and these records.
octets message(std::string_view flags_and_counts, std::initializer_list<std::string_view> parts)
{
    std::string text = "1234 " + std::string{flags_and_counts};
    for (auto const p : parts)
        text += p;
    return hex(text);
}

rcode error_of(std::string_view flags_and_counts, std::initializer_list<std::string_view> parts)
{
    return request_view::read(message(flags_and_counts, parts)).error;
}

} // namespace

TEST_CASE("fewer than twelve octets have no header")
{
    CHECK_FALSE(header::read(octets(11)));
    auto const h = header::read(hex("1234 a900 0001 0002 0003 0004"));
    REQUIRE(h);
    CHECK(h->id == 0x1234);
    CHECK(h->is_response());
    CHECK(h->opcode() == opcode::update);
    CHECK(h->counts[3] == 4);
}

TEST_CASE("a plain query is read whole")
{
    auto const r = request_view::read(message("0100 0001 0000 0000 0000", {question}));
    CHECK(r.error == rcode::noerror);
    CHECK(r.has_question);
    CHECK(r.question.qname == "www.example"_n);
    CHECK(r.question.type == rr_type::aaaa);
    CHECK(r.question.klass == rr_class::in);
    CHECK(r.question.end == 29);
    CHECK_FALSE(r.edns.present);
    CHECK(r.edns.udp_size == 512);
    CHECK(r.tsig_at == 0);
    for (std::size_t i = 1; i < 4; ++i)
        CHECK(r.sections[i] == 29);
}

TEST_CASE("EDNS and TSIG are found in the additional section")
{
    auto const r = request_view::read(message("0000 0001 0000 0001 0003", {question, address, address, opt, tsig}));
    CHECK(r.error == rcode::noerror);
    CHECK(r.edns.present);
    CHECK(r.edns.udp_size == 1232);
    CHECK(r.edns.dnssec_ok);
    CHECK(r.sections[2] == 29);
    CHECK(r.sections[3] == 45);
    CHECK(r.tsig_at == 45 + 16 + 11);
}

TEST_CASE("a UDP size below 512 is 512")
{
    auto const r = request_view::read(message("0000 0001 0000 0000 0001", {question, "00 0029 0010 00000000 0000"}));
    CHECK(r.edns.udp_size == 512);
    CHECK_FALSE(r.edns.dnssec_ok);
}

TEST_CASE("anything but one question is FORMERR")
{
    CHECK(error_of("0000 0000 0000 0000 0000", {}) == rcode::formerr);
    CHECK(error_of("0000 0002 0000 0000 0000", {question, question}) == rcode::formerr);
    CHECK(error_of("2800 0000 0000 0000 0000", {}) == rcode::formerr);
    CHECK_FALSE(request_view::read(message("0000 0002 0000 0000 0000", {question, question})).has_question);
}

TEST_CASE("a question that cannot be read is FORMERR and not echoed")
{
    for (auto const* const bad : {"", "037777", "03777777 00", "03777777 00 0001", "03777777 00 0001 00", "c00c 0001 0001",
                                  "c004 0001 0001", "80 00 0001 0001"}) {
        auto const r = request_view::read(message("0000 0001 0000 0000 0000", {bad}));
        CHECK(r.error == rcode::formerr);
        CHECK_FALSE(r.has_question);
    }
}

TEST_CASE("what follows must be what the counts say")
{
    CHECK(error_of("0000 0001 0000 0000 0000", {question, "00"}) == rcode::formerr);
    CHECK(error_of("0000 0001 0001 0000 0000", {question}) == rcode::formerr);
    CHECK(error_of("0000 0001 ffff ffff ffff", {question, address}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "c00c 0001 0001 0000003c 0005 c0000201"}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "c030 0001 0001 0000003c 0004 c0000201"}) == rcode::formerr);
    auto const r = request_view::read(message("0000 0001 0001 0000 0000", {question}));
    CHECK(r.has_question);
}

TEST_CASE("OPT stands once, at the root, in the additional section, with whole options")
{
    CHECK(error_of("0000 0001 0000 0000 0002", {question, opt, opt}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0001 0000", {question, opt}) == rcode::formerr);
    CHECK(error_of("0000 0001 0001 0000 0000", {question, opt}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "0161 00 0029 04d0 00000000 0000"}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00000000 0003 000a00"}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00000000 0005 000a0002ff"}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00000000 0009 fde90001ff 000a0000"}) == rcode::noerror);
}

TEST_CASE("another version of EDNS is BADVERS, and FORMERR goes before it")
{
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00 01 0000 0000"}) == rcode::badvers);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00 01 0000 0001 ff"}) == rcode::badvers);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00 01 0000 0000 00"}) == rcode::formerr);
}

TEST_CASE("TSIG stands once, at the end, with class ANY and TTL 0")
{
    CHECK(error_of("0000 0001 0000 0000 0001", {question, tsig}) == rcode::noerror);
    CHECK(error_of("0000 0001 0000 0000 0002", {question, tsig, opt}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0002", {question, tsig, tsig}) == rcode::formerr);
    CHECK(error_of("2800 0001 0000 0001 0000", {question, tsig}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "016b 00 00fa 0001 00000000 0000"}) == rcode::formerr);
    CHECK(error_of("0000 0001 0000 0000 0001", {question, "016b 00 00fa 00ff 00000001 0000"}) == rcode::formerr);
}

TEST_CASE("of an unknown opcode only the header counts")
{
    auto const r = request_view::read(message("3000 0000 0007 0000 0000", {"ffff"}));
    CHECK(r.error == rcode::noerror);
    CHECK_FALSE(r.has_question);
    CHECK(request_view::read(message("1000 0001 0000 0000 0001", {question, "ff"})).has_question);
    CHECK(request_view::read(message("1000 0001 0000 0000 0000", {"ff"})).error == rcode::noerror);
}

TEST_CASE("an UPDATE names its zone as the question")
{
    auto const r = request_view::read(message("2800 0001 0001 0001 0000", {"076578616d706c65 00 0006 0001", address, address}));
    CHECK(r.error == rcode::noerror);
    CHECK(r.question.qname == "example"_n);
    CHECK(r.question.type == rr_type::soa);
}

TEST_CASE("a bare reply keeps the question, the opcode and RD, and answers EDNS")
{
    octets buffer = message("01b0 0001 0000 0001 0001", {question, address, opt});
    buffer.resize(600);
    auto const request = request_view::read(std::span{buffer}.first(29 + 16 + 11));
    CHECK(request.error == rcode::noerror);
    auto const size = write_bare_reply(buffer, request, rcode::refused);
    buffer.resize(size);
    CHECK(buffer == message("8105 0001 0000 0000 0001", {question, "00 0029 04d0 00 00 8000 0000"}));
}

TEST_CASE("a bare reply to what has no question has none")
{
    octets buffer = message("2800 0000 0001 0001 0001", {});
    auto const request = request_view::read(buffer);
    buffer.resize(write_bare_reply(buffer, request, rcode::formerr, header_bits::aa));
    CHECK(buffer == message("ac01 0000 0000 0000 0000", {}));
}

TEST_CASE("BADVERS has its upper bits in the OPT")
{
    octets buffer = message("0000 0001 0000 0000 0001", {question, "00 0029 04d0 00 01 0000 0000"});
    auto const request = request_view::read(buffer);
    buffer.resize(write_bare_reply(buffer, request, rcode::badvers));
    CHECK(buffer == message("8000 0001 0000 0000 0001", {question, "00 0029 04d0 01 00 0000 0000"}));
}

TEST_CASE("an OPT can tell an extended error")
{
    octets buffer(64);
    wire_writer out{buffer, 0, buffer.size()};
    write_opt(out, {}, rcode::refused, 1400, extended_error::not_authoritative, "no");
    CHECK(octets(out.written().begin(), out.written().end()) == hex("00 0029 0578 00 00 0000 0008 000f 0004 0014 6e6f"));
}

TEST_CASE("whatever the bytes, reading ends and replies fit")
{
    std::mt19937 random{1};
    octets const good = message("0000 0001 0001 0001 0003", {question, address, address, address, opt, tsig});
    for (int i = 0; i < 100000; ++i) {
        octets bytes = good;
        for (std::size_t changes = 1 + random() % 4; changes != 0; --changes)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random() % 3 ? random() : 0xC0);
        bytes.resize(header_size + random() % (bytes.size() - header_size + 1));
        octets const exact = bytes; // no slack behind the end that could hide a read too far
        auto const r = request_view::read(exact);
        CHECK((!r.has_question || r.question.end <= exact.size()));
        CHECK(r.tsig_at < exact.size());
        bytes.resize(bytes.size() + 11);
        CHECK(write_bare_reply(bytes, r, rcode::servfail) <= bytes.size());
    }
}
