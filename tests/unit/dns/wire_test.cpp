#include "dns/wire_reader.hpp"
#include "dns/wire_writer.hpp"

#include "tests/support/bytes.hpp"

#include <catch2/catch_all.hpp>

using namespace homing;
using namespace homing::dns;
using test::hex;
using test::octets;
using test::operator""_n;

namespace {

bool reads_a_name(octets const& message, std::size_t at)
{
    wire_reader in{message, at};
    name n;
    in.read(n);
    CHECK((in.ok() || n.view().is_root()));
    return in.ok();
}

struct sheet {
    octets buffer = octets(70000);
    wire_writer out{buffer, header_size, buffer.size()};

    name at(std::size_t offset) const
    {
        wire_reader in{out.written(), offset};
        name n;
        in.read(n);
        CHECK(in.ok());
        return n;
    }
};

} // namespace

TEST_CASE("a reader gives numbers in network order and then zeros")
{
    auto const bytes = hex("01 0203 04050607 08");
    wire_reader in{bytes};
    CHECK(in.u8() == 1);
    CHECK(in.u16() == 0x0203);
    CHECK(in.u32() == 0x04050607);
    CHECK(in.remaining() == 1);
    CHECK(in.u16() == 0);
    CHECK_FALSE(in.ok());
    CHECK(in.remaining() == 0);
    CHECK(in.u8() == 0);
    CHECK(in.bytes(1).empty());
}

TEST_CASE("a reader that starts behind the end has failed")
{
    auto const bytes = hex("00");
    wire_reader in{bytes, 2};
    CHECK_FALSE(in.ok());
    CHECK(in.u8() == 0);
}

TEST_CASE("a name follows pointers backwards")
{
    auto const bytes = hex("03636f6d00 0161c000 0162c005 ff");
    wire_reader in{bytes, 9};
    name n;
    in.read(n);
    CHECK(n == "b.a.com"_n);
    CHECK(in.position() == 13);
    in = wire_reader{bytes, 9};
    in.skip_name();
    CHECK(in.position() == 13);
}

TEST_CASE("pointers that do not go back before their own name are refused")
{
    CHECK_FALSE(reads_a_name(hex("c000"), 0));
    CHECK_FALSE(reads_a_name(hex("c002 00"), 0));
    CHECK_FALSE(reads_a_name(hex("0161 c000"), 0));
    CHECK_FALSE(reads_a_name(hex("c002 c000"), 2));
    CHECK_FALSE(reads_a_name(hex("0161 c002 c000"), 4));
    CHECK_FALSE(reads_a_name(hex("c0"), 0));
}

TEST_CASE("the label types 01 and 10 are refused")
{
    CHECK_FALSE(reads_a_name(hex("41 00 00"), 0));
    CHECK_FALSE(reads_a_name(hex("80 00 00"), 0));
    auto const message = hex("41 00 00");
    wire_reader in{message};
    in.skip_name();
    CHECK_FALSE(in.ok());
}

TEST_CASE("pointers do not make a name longer than 255 octets")
{
    octets message;
    for (int i = 0; i < 126; ++i)
        message.insert(message.end(), {1, 'x'});
    message.push_back(0); // 253 octets
    message.insert(message.end(), {1, 'y', 0xC0, 0x00});
    message.insert(message.end(), {1, 'z', 0xC0, 253});
    CHECK(reads_a_name(message, 253));
    CHECK_FALSE(reads_a_name(message, 257));
}

TEST_CASE("a part of a reader ends at its own end, but names point into the whole")
{
    auto const bytes = hex("0161 00 c000 ffff");
    wire_reader in{bytes, 3};
    wire_reader part = in.sub(2);
    CHECK(in.position() == 5);
    name n;
    part.read(n);
    CHECK(n == "a"_n);
    CHECK(part.remaining() == 0);
    CHECK(part.u8() == 0);
    CHECK_FALSE(part.ok());
    wire_reader cut = wire_reader{bytes, 0}.sub(2);
    cut.read(n);
    CHECK_FALSE(cut.ok());
    CHECK_FALSE(wire_reader{bytes}.sub(8).ok());
}

TEST_CASE("a name that may not be compressed is not")
{
    auto const bytes = hex("0161 00 c000");
    wire_reader in{bytes};
    name n;
    in.read_uncompressed(n);
    CHECK(n == "a"_n);
    in.read_uncompressed(n);
    CHECK_FALSE(in.ok());
}

TEST_CASE("random bytes never lead a reader outside")
{
    std::mt19937 random{1035};
    for (int i = 0; i < 20000; ++i) {
        octets bytes = test::random_octets(random, random() % 80);
        for (auto& o : bytes)
            if (random() % 2)
                o = static_cast<std::uint8_t>(random() % 4 ? o % 6 : 0xC0);
        wire_reader in{bytes, bytes.empty() ? 0 : random() % bytes.size()};
        while (in.ok() && in.remaining() != 0) {
            wire_reader part = in.sub(random() % 8);
            name n;
            part.read(n);
            in.read(n);
            CHECK(name_view::parse(n.view().bytes())->size() == n.size());
            in.skip_name();
        }
    }
}

TEST_CASE("names share the ends that were written before")
{
    sheet s;
    s.out.compressed("mail.example.com"_n);
    std::size_t const second = s.out.position();
    CHECK(second == 12 + 18);
    s.out.compressed("WWW.EXAMPLE.COM"_n);
    CHECK(s.out.position() == second + 6);
    CHECK(s.at(second).to_string() == "WWW.example.com.");
    std::size_t const third = s.out.position();
    s.out.compressed("www.example.com"_n);
    CHECK(s.out.position() == third + 2);
    CHECK(s.at(third) == "www.example.com"_n);
    s.out.compressed("."_n);
    CHECK(s.out.position() == third + 3);
}

TEST_CASE("a noted question is a target with all its ends")
{
    sheet s;
    s.out.plain("host.example.com"_n);
    s.out.note("host.example.com"_n, header_size);
    std::size_t const at = s.out.position();
    s.out.compressed("ns.example.com"_n);
    CHECK(s.out.position() == at + 5);
    CHECK(s.at(at) == "ns.example.com"_n);
}

TEST_CASE("what did not fit is not written, and rewinding forgets names too")
{
    octets buffer(64);
    wire_writer out{buffer, 12, 30};
    out.u16(1);
    auto const mark = out.here();
    out.compressed("example.com"_n); // 14 .. 27
    CHECK(out.ok());
    out.u32(1);
    CHECK_FALSE(out.ok());
    CHECK(out.room() == 0);
    CHECK(out.position() == 27);
    out.u8(1);
    CHECK(out.position() == 27);
    out.rewind(mark);
    CHECK(out.ok());
    CHECK(out.room() == 16);
    out.compressed("example.com"_n);
    CHECK(out.position() == 27); // written out again
    CHECK(buffer[14] == 7);
    out.compressed("a.example.org"_n);
    CHECK_FALSE(out.ok());
    CHECK(buffer[27] == 0);
    out.rewind(mark);
    out.limit(64);
    CHECK(out.room() == 50);
}

TEST_CASE("pointers reach only the first 16 KiB")
{
    sheet s;
    s.out.bytes(octets(0x3FFE - header_size));
    s.out.compressed("a.b"_n); // b stands at 0x4000
    std::size_t const at = s.out.position();
    s.out.compressed("b"_n);
    CHECK(s.out.position() == at + 3);
    s.out.compressed("a.b"_n);
    CHECK(s.out.position() == at + 5);
    CHECK(s.at(at + 3) == "a.b"_n);
}

TEST_CASE("random names read back as they were written")
{
    std::mt19937 random{1};
    for (int round = 0; round < 200; ++round) {
        sheet s;
        std::vector<std::pair<std::size_t, name>> written;
        for (int i = 0; i < 100; ++i) {
            name n;
            for (std::size_t labels = random() % 8; labels != 0; --labels) {
                std::uint8_t const label[] = {1, static_cast<std::uint8_t>("abAB"[random() % 4]), 0};
                n = *name::join({label, 3}, n);
            }
            auto const mark = s.out.here();
            s.out.compressed(n);
            if (random() % 4 == 0)
                s.out.rewind(mark);
            else
                written.emplace_back(mark.position, n);
        }
        for (auto const& [at, n] : written)
            CHECK(s.at(at) == n);
    }
}
