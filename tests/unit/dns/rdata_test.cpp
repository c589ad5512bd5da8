#include "dns/rdata.hpp"

#include "tests/support/bytes.hpp"
#include "tests/unit/dns/rdata_vectors.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace homing;
using namespace homing::dns;
using test::hex;
using test::octets;
using test::operator""_n;

namespace {

/// Rdata of `type` whose text in hexadecimal is this is refused, in memory and in a message.
bool is_refused(rr_type type, std::string_view text)
{
    octets const bytes = hex(text);
    octets out{1, 2, 3};
    wire_reader in{bytes};
    bool const read = read_rdata(in, type, bytes.size(), out) == bytes.size() && in.ok();
    CHECK((in.ok() || out == octets{1, 2, 3}));
    CHECK(read == is_valid_rdata(type, bytes));
    return !read;
}

/// What comes of rdata that stands at `at` of a message.
std::optional<octets> received(rr_type type, octets const& message, std::size_t at)
{
    octets out;
    wire_reader in{message, at};
    read_rdata(in, type, message.size() - at, out);
    return in.ok() ? std::optional{out} : std::nullopt;
}

octets upper(octets bytes)
{
    for (auto& b : bytes)
        if (b >= 'a' && b <= 'z')
            b = static_cast<std::uint8_t>(b - 0x20);
    return bytes;
}

octets operator+(octets a, octets const& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

constexpr rr_type every_type[] = {rr_type::a6,       rr_type::apl,      rr_type::caa,   rr_type::csync, rr_type::ds,
                                  rr_type::hip,      rr_type::ipseckey, rr_type::loc,   rr_type::naptr, rr_type::nsec,
                                  rr_type::nsec3,    rr_type::soa,      rr_type::svcb,  rr_type::txt,   rr_type::zonemd,
                                  rr_type::amtrelay, rr_type::px,       rr_type::rrsig, rr_type::minfo, rr_type::isdn};

} // namespace

TEST_CASE("rdata of every type that another implementation writes is accepted as it is")
{
    for (auto const& v : test::rdata_vectors) {
        INFO(static_cast<int>(v.type) << " " << v.wire);
        octets const bytes = hex(v.wire);
        CHECK(is_valid_rdata(v.type, bytes));
        CHECK(received(v.type, bytes, 0) == bytes);
        octets buffer(1000);
        wire_writer out{buffer, 0, buffer.size()};
        write_rdata(out, v.type, bytes);
        CHECK(received(v.type, {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(out.position())}, 0) == bytes);
    }
}

TEST_CASE("rdata that is cut off is refused, unless its last field may have any size")
{
    for (auto const& v : test::rdata_vectors) {
        octets const whole = hex(v.wire);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            octets const cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
            // What is accepted reads the same from a message, and never runs outside (the sanitizers look on).
            CHECK(is_valid_rdata(v.type, cut) == (received(v.type, cut, 0) == cut));
        }
    }
    CHECK(is_refused(rr_type::a, "c00002"));
    CHECK(is_refused(rr_type::a, "c000020100"));
    CHECK(is_refused(rr_type::aaaa, "20010db8"));
    CHECK(is_refused(rr_type::a, ""));
    CHECK(is_refused(rr_type::mx, "000a"));
    CHECK(is_refused(rr_type::soa, "0000 00000001 00000002 00000003 00000004"));
    CHECK(is_refused(rr_type::ns, "0161 00 00"));
}

TEST_CASE("TXT has at least one string, and none of them is cut off")
{
    CHECK(is_refused(rr_type::txt, ""));
    CHECK(is_refused(rr_type::txt, "02 61"));
    CHECK(is_refused(rr_type::txt, "01 61 01"));
    CHECK_FALSE(is_refused(rr_type::txt, "00"));
    CHECK_FALSE(is_refused(rr_type::txt, "0000 01 61"));
}

TEST_CASE("bitmaps of types are in order, without empty windows and trailing zeros")
{
    CHECK(is_refused(rr_type::nsec, "00"));
    CHECK(is_refused(rr_type::nsec, "00 0000"));
    CHECK(is_refused(rr_type::nsec, "00 0001 00"));
    CHECK(is_refused(rr_type::nsec, "00 0002 4000"));
    CHECK(is_refused(rr_type::nsec, "00 0101 40 0001 40"));
    CHECK(is_refused(rr_type::nsec, "00 0001 40 0001 40"));
    CHECK(is_refused(rr_type::nsec, "00 0021 " + std::string(66, '1')));
    CHECK_FALSE(is_refused(rr_type::nsec, "00 0001 40 ff01 80"));
    CHECK_FALSE(is_refused(rr_type::csync, "00000001 0000"));
}

TEST_CASE("parameters of services are in order and have the form of their key")
{
    std::string const head = "0001 00 ";
    CHECK_FALSE(is_refused(rr_type::svcb, head));
    CHECK(is_refused(rr_type::svcb, head + "0003 0002 01bb 0001 0003 026832")); // port before alpn
    CHECK(is_refused(rr_type::svcb, head + "0003 0002 01bb 0003 0002 01bb"));   // twice
    CHECK(is_refused(rr_type::svcb, head + "0003 0001 bb"));
    CHECK(is_refused(rr_type::svcb, head + "0001 0000"));
    CHECK(is_refused(rr_type::svcb, head + "0001 0001 00"));
    CHECK(is_refused(rr_type::svcb, head + "0001 0002 0261"));
    CHECK(is_refused(rr_type::svcb, head + "0002 0001 00"));
    CHECK(is_refused(rr_type::svcb, head + "0004 0000"));
    CHECK(is_refused(rr_type::svcb, head + "0004 0005 c000020100"));
    CHECK(is_refused(rr_type::svcb, head + "0006 0004 c0000201"));
    CHECK(is_refused(rr_type::https, head + "0003 0003 01bb"));
    CHECK_FALSE(is_refused(rr_type::https, head + "ff00 0000"));
}

TEST_CASE("what a service says is mandatory is there, in order, and not the list itself")
{
    std::string const head = "0001 00 ";
    CHECK_FALSE(is_refused(rr_type::svcb, head + "0000 0004 0001 0003 0001 0003 026832 0003 0002 01bb"));
    CHECK(is_refused(rr_type::svcb, head + "0000 0004 0001 0003 0001 0003 026832"));
    CHECK(is_refused(rr_type::svcb, head + "0000 0004 0003 0001 0001 0003 026832 0003 0002 01bb"));
    CHECK(is_refused(rr_type::svcb, head + "0000 0002 0000"));
    CHECK(is_refused(rr_type::svcb, head + "0000 0000"));
    CHECK(is_refused(rr_type::svcb, head + "0000 0001 00"));
}

TEST_CASE("fields that say the size or kind of others are believed only if they fit")
{
    CHECK(is_refused(rr_type::ds, "0001 08 02 00"));
    CHECK(is_refused(rr_type::ds, "0001 08 01 " + std::string(42, '0')));
    CHECK_FALSE(is_refused(rr_type::ds, "0001 08 ff 00"));
    CHECK(is_refused(rr_type::caa, "00 00"));
    CHECK(is_refused(rr_type::caa, "00 05 69737375"));
    CHECK(is_refused(rr_type::caa, "00 03 612d62"));
    CHECK(is_refused(rr_type::ipseckey, "0a 04 02 00"));
    CHECK(is_refused(rr_type::ipseckey, "0a 01 02 c00002"));
    CHECK(is_refused(rr_type::ipseckey, "0a 00 02"));
    CHECK(is_refused(rr_type::ipseckey, "0a 00 00 01"));
    CHECK(is_refused(rr_type::amtrelay, "0a 04"));
    CHECK(is_refused(rr_type::amtrelay, "0a 00 00"));
    CHECK(is_refused(rr_type::hip, "00 02 0001 00"));
    CHECK(is_refused(rr_type::hip, "01 02 0000 00"));
    CHECK(is_refused(rr_type::hip, "01 02 0001 00 00 03"));
    CHECK(is_refused(rr_type::nsec3, "01 00 0001 00 00"));
    CHECK(is_refused(rr_type::nsec3param, "01 00 0001 02 aa"));
    CHECK(is_refused(rr_type::zonemd, "00000001 01 01 " + std::string(94, '0')));
    CHECK(is_refused(rr_type::zonemd, "00000001 01 f0 " + std::string(22, '0')));
    CHECK(is_refused(rr_type::a6, "81 00"));
}

TEST_CASE("prefixes of addresses and places on earth have their limits")
{
    CHECK(is_refused(rr_type::apl, "0001 21 04 c0000201"));
    CHECK(is_refused(rr_type::apl, "0001 18 05 c000020101"));
    CHECK(is_refused(rr_type::apl, "0001 18 03 c00000"));
    CHECK(is_refused(rr_type::apl, "0002 81 00"));
    CHECK(is_refused(rr_type::apl, "0001 18 04 c000"));
    CHECK_FALSE(is_refused(rr_type::apl, "1234 ff 01 01"));
    CHECK(is_refused(rr_type::loc, "00 a0 16 13 8b3cf018 810cbce0 009895b8"));
    CHECK(is_refused(rr_type::loc, "00 12 16 1a 8b3cf018 810cbce0 009895b8"));
    CHECK(is_refused(rr_type::loc, "00 12 16 13 ffffffff 810cbce0 009895b8"));
    CHECK(is_refused(rr_type::loc, "00 12 16 13 8b3cf018 00000000 009895b8"));
    CHECK_FALSE(is_refused(rr_type::loc, "01 ff"));
}

TEST_CASE("unknown types hold whatever they hold")
{
    CHECK_FALSE(is_refused(static_cast<rr_type>(65280), ""));
    CHECK_FALSE(is_refused(static_cast<rr_type>(65280), "c00c ffff"));
    CHECK_FALSE(is_refused(static_cast<rr_type>(261), "c00c ffff"));
}

TEST_CASE("names are decompressed on input where RFC 3597 allows them to be compressed")
{
    octets const name = hex("0161 00"), pointer = hex("c000");
    CHECK(received(rr_type::ns, name + pointer, 3) == name);
    CHECK(received(rr_type::mx, name + hex("000a") + pointer, 3) == hex("000a") + name);
    CHECK(received(rr_type::minfo, name + pointer + pointer, 3) == name + name);
    CHECK(received(rr_type::srv, name + hex("000100020003") + pointer, 3) == hex("000100020003") + name);
    CHECK(received(rr_type::kx, name + hex("0001") + pointer, 3) == hex("0001") + name);
    CHECK(received(rr_type::naptr, name + hex("00010001 000000") + pointer, 3) == hex("00010001 000000") + name);
    CHECK_FALSE(received(rr_type::dname, name + pointer, 3));
    CHECK_FALSE(received(rr_type::svcb, name + hex("0001") + pointer, 3));
    CHECK_FALSE(received(rr_type::nsec, name + pointer + hex("0001 40"), 3));
    CHECK_FALSE(received(rr_type::lp, name + hex("0001") + pointer, 3));
    CHECK_FALSE(received(rr_type::rrsig, name + octets(18) + pointer + hex("00"), 3));
}

TEST_CASE("rdata in memory has no pointers, also where the sizes would add up")
{
    // As rdata of a message the first name is an octet longer than its pointer and the second an octet shorter.
    CHECK_FALSE(is_valid_rdata(rr_type::minfo, hex("0161 00 c000")));
    CHECK_FALSE(is_valid_rdata(rr_type::ns, hex("c000")));
    CHECK_FALSE(is_valid_rdata(rr_type::px, hex("0000 00 c002")));
}

TEST_CASE("only the types of RFC 1035 are compressed on output")
{
    for (auto const& v : test::rdata_vectors) {
        octets const bytes = hex(v.wire);
        octets buffer(2000);
        wire_writer out{buffer, header_size, buffer.size()};
        out.compressed("a.example"_n);
        out.compressed("b.a.example"_n);
        std::size_t const at = out.position();
        write_rdata(out, v.type, bytes);
        std::size_t const size = out.position() - at;
        CHECK((size < bytes.size()) <= has_compressible_names(v.type));
        CHECK((has_compressible_names(v.type) || size == bytes.size()));
    }
    for (auto const t : {rr_type::ns, rr_type::cname, rr_type::soa, rr_type::ptr, rr_type::mx, rr_type::minfo, rr_type::mb})
        CHECK(has_compressible_names(t));
    for (auto const t : {rr_type::a, rr_type::srv, rr_type::dname, rr_type::naptr, rr_type::rp, rr_type::rrsig, rr_type::svcb})
        CHECK_FALSE(has_compressible_names(t));
}

TEST_CASE("names in rdata compare without case and all else byte for byte")
{
    CHECK(equal_rdata(rr_type::mx, hex("6161 0161 00"), hex("6161 0141 00")));
    CHECK_FALSE(equal_rdata(rr_type::mx, hex("6161 0161 00"), hex("4161 0161 00")));
    CHECK_FALSE(equal_rdata(rr_type::mx, hex("6161 0161 00"), hex("6161 0162 00")));
    CHECK_FALSE(equal_rdata(rr_type::txt, hex("0161"), hex("0141")));
    CHECK_FALSE(equal_rdata(static_cast<rr_type>(65280), hex("0161 00"), hex("0141 00")));
    CHECK(equal_rdata(rr_type::apl, {}, {}));
    for (auto const& v : test::rdata_vectors) {
        octets const bytes = hex(v.wire);
        CHECK(equal_rdata(v.type, bytes, bytes));
        auto const only_names = {rr_type::ns,     rr_type::cname,    rr_type::ptr, rr_type::dname, rr_type::minfo, rr_type::rp,
                                 rr_type::talink, rr_type::nsap_ptr, rr_type::srv, rr_type::mx,    rr_type::lp};
        if (std::find(only_names.begin(), only_names.end(), v.type) != only_names.end())
            CHECK(equal_rdata(v.type, bytes, upper(bytes)));
    }
}

TEST_CASE("the name that wants an address is found")
{
    CHECK(target_name(rr_type::ns, hex("0161 00")) == "a"_n);
    CHECK(target_name(rr_type::mx, hex("000a 0161 00")) == "a"_n);
    CHECK(target_name(rr_type::srv, hex("000100020003 0161 00")) == "a"_n);
    CHECK(target_name(rr_type::naptr, hex("00010001 0173 00 0161 0162 00")) == "b"_n);
    CHECK(target_name(rr_type::https, hex("0001 0161 00 0003 0002 01bb")) == "a"_n);
    CHECK(target_name(rr_type::dname, hex("0161 00")) == "a"_n);
    CHECK_FALSE(target_name(rr_type::a, hex("c0000201")));
    CHECK_FALSE(target_name(rr_type::soa, hex("0161 00 00")));
}

TEST_CASE("the fields of an SOA are read, and its serial can be replaced")
{
    auto const bytes = hex("0161 00 0162 00 00000001 00000002 00000003 00000004 00000005");
    auto const soa = read_soa(bytes);
    CHECK(soa.mname == "a"_n);
    CHECK(soa.rname == "b"_n);
    CHECK(soa.serial == 1);
    CHECK(soa.refresh == 2);
    CHECK(soa.retry == 3);
    CHECK(soa.expire == 4);
    CHECK(soa.minimum == 5);
    auto const next = with_serial(bytes, 0xFFFFFFFE);
    CHECK(read_soa(next).serial == 0xFFFFFFFE);
    CHECK(read_soa(next).minimum == 5);
    CHECK(next.size() == bytes.size());
}

TEST_CASE("random rdata is refused or reads back as itself")
{
    std::mt19937 random{3597};
    for (int i = 0; i < 100000; ++i) {
        rr_type const type = every_type[random() % std::size(every_type)];
        octets message = test::random_octets(random, random() % 60);
        for (auto& o : message)
            if (random() % 4)
                o %= 5;
        std::size_t const at = message.empty() ? 0 : random() % message.size();
        auto const rdata = received(type, message, at);
        if (!rdata)
            continue;
        CHECK(is_valid_rdata(type, *rdata));
        CHECK(equal_rdata(type, *rdata, *rdata));
        octets buffer(1000);
        wire_writer out{buffer, 0, buffer.size()};
        write_rdata(out, type, *rdata);
        CHECK(received(type, {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(out.position())}, 0) == rdata);
    }
}
