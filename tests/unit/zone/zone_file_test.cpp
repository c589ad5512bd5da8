#include "zone/zone_file.hpp"

#include "dns/presentation.hpp"
#include "zone/versions.hpp"

#include <catch2/catch_all.hpp>
#include <memory>
#include <random>
#include <thread>
#include <unistd.h>

using namespace homing;

namespace {

dns::name const origin = *dns::name::from_text("example.com.");

struct closed {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};
using stream = std::unique_ptr<std::FILE, closed>;

stream holding(std::string_view text)
{
    stream f{std::tmpfile()};
    REQUIRE(f);
    REQUIRE(std::fwrite(text.data(), 1, text.size(), f.get()) == text.size());
    std::rewind(f.get());
    return f;
}

zone::file_reading read(std::string_view text)
{
    auto const f = holding(text);
    auto r = zone::read_zone_file(f.get(), "the file", origin);
    REQUIRE(r.has_value());
    return std::move(*r);
}

std::vector<std::string> records(zone::contents const& zone)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i < zone.size(); ++i) {
        auto const e = zone[i];
        dns::rrset::from_packed(e.type, e.ttl, e.packed)->for_each([&](dns::rdata_view r) {
            out.push_back(e.owner.to_string() + ' ' + std::to_string(e.ttl) + ' ' + to_string(e.type) + ' ' +
                          dns::to_text(e.type, r));
        });
    }
    return out;
}

std::vector<std::string> good_records(std::string_view text)
{
    auto const r = read(text);
    for (auto const& e : r.errors)
        FAIL_CHECK(e.line << ": " << e.message);
    return records(r.zone);
}

using lines = std::vector<std::string>;

void says(std::string_view text, std::uint32_t line, std::string_view part)
{
    auto const r = read(text);
    INFO(text.substr(0, 200));
    REQUIRE_FALSE(r.errors.empty());
    INFO(r.errors[0].message);
    CHECK(r.errors.size() == 1);
    CHECK(r.errors[0].line == line);
    CHECK(r.errors[0].message.find(part) != std::string::npos);
    CHECK(r.errors[0].message.back() == '.');
    CHECK(r.errors[0].level == zone::finding::severity::error);
}

/// Makes the zone current, writes it, and answers the text.
std::string written(zone::contents const& contents)
{
    zone::versions all{1};
    auto d = all.begin();
    d.put(1, contents);
    all.publish(std::move(d));
    stream const f{std::tmpfile()};
    REQUIRE(zone::write_zone_file(f.get(), *all.newest().find(contents.origin())));
    std::string text(static_cast<std::size_t>(std::ftell(f.get())), '\0');
    std::rewind(f.get());
    REQUIRE(std::fread(text.data(), 1, text.size(), f.get()) == text.size());
    return text;
}

constexpr auto apex = "@ 3600 IN SOA ns1 host 1 2h 10m 1w 60\n@ 3600 IN NS ns1\n";

} // namespace

TEST_CASE("a plain zone file is read")
{
    CHECK(good_records("$TTL 1h\n"
                       "@ IN SOA ns1 hostmaster ( 2024010101 ; serial\n"
                       "   2h ; refresh\n"
                       "   10m 1w 60 )\n"
                       "  NS ns1\n"
                       "  NS ns2.example.net.\n"
                       "ns1 300 A 192.0.2.1\n"
                       "\tAAAA 2001:db8::1\n"
                       "\n"
                       "; a comment\n"
                       "www CNAME @") ==
          lines{"example.com. 3600 NS ns1.example.com.", "example.com. 3600 NS ns2.example.net.",
                "example.com. 3600 SOA ns1.example.com. hostmaster.example.com. 2024010101 7200 600 604800 60",
                "ns1.example.com. 300 A 192.0.2.1", "ns1.example.com. 3600 AAAA 2001:db8::1",
                "www.example.com. 3600 CNAME example.com."});
}

TEST_CASE("TTL and class stand in either order, or not at all")
{
    for (auto const* text : {"a 60 IN A 192.0.2.1", "a IN 60 A 192.0.2.1", "a 1m in a 192.0.2.1", "$TTL 60\na IN A 192.0.2.1",
                             "$ttl 1m\na A 192.0.2.1", "a CLASS1 60 TYPE1 \\# 4 C0000201", "a.example.com. 60 A 192.0.2.1\r\n",
                             "$ORIGIN com.\na.example 60 A 192.0.2.1", "$ORIGIN sub\n$ORIGIN example.com.\na 60 A 192.0.2.1 ;x",
                             "\xEF\xBB\xBF\x61 60 A 192.0.2.1", "( a 60\n A ) 192.0.2.1", "a 60 (\n\n IN ;(\n A\n192.0.2.1)\n\n"})
        CHECK(good_records(text) == lines{"a.example.com. 60 A 192.0.2.1"});
}

TEST_CASE("a record without a TTL takes $TTL, else the last one, else the SOA's minimum")
{
    CHECK(good_records("a 5 TXT x\nb TXT x\n$TTL 7\nc TXT x\nd 9 TXT x\ne TXT x") ==
          lines{"a.example.com. 5 TXT \"x\"", "b.example.com. 5 TXT \"x\"", "c.example.com. 7 TXT \"x\"",
                "d.example.com. 9 TXT \"x\"", "e.example.com. 7 TXT \"x\""});
    CHECK(good_records("@ SOA a b 1 2 3 4 77\nx TXT x") ==
          lines{"example.com. 77 SOA a.example.com. b.example.com. 1 2 3 4 77", "x.example.com. 77 TXT \"x\""});
    says("a TXT x\n", 1, "$TTL");
}

TEST_CASE("names and strings have escapes")
{
    CHECK(good_records(R"--($TTL 1
a\.b\@ TXT "\"quoted\"; not a comment" un\;quoted\065 ""
\$x TXT "(" ")"
\042 CNAME \052.\.
)--") == lines{R"--(\$x.example.com. 1 TXT "(" ")")--", R"--(*.example.com. 1 CNAME 4.\..example.com.)--",
               R"--(a\.b\@.example.com. 1 TXT "\"quoted\"; not a comment" "un;quotedA" "")--"});
}

TEST_CASE("records of all kinds are read, those of unknown types too")
{
    CHECK(good_records(
              "$TTL 1\n@ TYPE65280 \\# 3 ABCDEF\n@ SVCB 1 . alpn=\"h2,h3\" port=53\n@ LOC 52 22 23.000 N 4 53 32.000 E -2m\n"
              "@ CAA 0 issue \"ca.example\"\n@ TLSA 3 1 1 (00112233445566778899aabbccddeeff\n"
              "00112233445566778899aabbccddeeff)\n")
              .size() == 5);
}

TEST_CASE("$GENERATE makes similar records")
{
    CHECK(good_records("$TTL 60\n$GENERATE 1-5/2 h$ A 192.0.2.$\n$generate 9-10 ${-9,3,d} 5 IN PTR x${2,0,X}.$$\n") ==
          lines{"000.example.com. 5 PTR xB.\\$.example.com.", "001.example.com. 5 PTR xC.\\$.example.com.",
                "h1.example.com. 60 A 192.0.2.1", "h3.example.com. 60 A 192.0.2.3", "h5.example.com. 60 A 192.0.2.5"});
    CHECK(good_records("$TTL 60\n$GENERATE 418-418 ${0,7,n} MX \"$ m${0,4,o}\"\n") ==
          lines{"2.a.1.0.example.com. 60 MX 418 m0642.example.com."});
    CHECK(good_records("$TTL 60\n$GENERATE 0-65535 a$ A 192.0.2.1\n").size() == 65536);
}

TEST_CASE("what is wrong is named with its line, and reading goes on")
{
    auto const r =
        read("$TTL 60\na A 192.0.2.999\nb MX 70000 a\nc A 192.0.2.1\nd BOGUS x\ne A ( 192.0.2.1\n 7 )\nf A 192.0.2.2\n");
    REQUIRE(r.errors.size() == 4);
    CHECK(r.errors[0].line == 2);
    CHECK(r.errors[0].message == "a.example.com. A: the address \"192.0.2.999\" is not an IPv4 address.");
    CHECK(r.errors[1].line == 3);
    CHECK(r.errors[2].message == "\"BOGUS\" is not an RR type; one without a name is written TYPE123.");
    CHECK(r.errors[3].line == 6);
    CHECK(records(r.zone).size() == 2);
}

TEST_CASE("each mistake gets a sentence of its own")
{
    says("  60 A 192.0.2.1\n", 1, "begins with a blank");
    says("a..b 60 A 192.0.2.1\n 60 A 192.0.2.2\n", 1, "empty label");
    says("\"a\" 60 A 192.0.2.1\n", 1, "quotes");
    says("a 60 CH A 192.0.2.1\n", 1, "class IN");
    says("a CLASS3 60 A 192.0.2.1\n", 1, "class IN");
    says("a 60 60 A 192.0.2.1\n", 1, "where the type belongs");
    says("a IN IN A 192.0.2.1\n", 1, "class is there twice");
    says("a 2147483648 A 192.0.2.1\n", 1, "not a TTL");
    says("a 60\n", 1, "no type");
    says("a\n", 1, "no type");
    says("a 60 A\n", 1, "the address is missing");
    says("\n\na 60 TXT \"x\nb 60 TXT y\n", 3, "quote");
    says("a 60 TXT x )\nb 60 TXT y\n", 1, "not opened");
    says("b 60 TXT y\na 60 TXT ( x\nc 60 TXT z\n", 2, "never closed");
    says(std::string_view{"a 60 TXT x\0y\n", 13}, 1, "zero octet");
    says("$INCLUDE /etc/passwd\n", 1, "not followed");
    says("$GENERATE 1-2 a$ A\n", 1, "is written");
    says("$GENERATE 2-1 a$ 60 A 192.0.2.$\n", 1, "is written");
    says("$GENERATE 0-65536 a$ 60 A 192.0.2.1\n", 1, "65537 records");
    says("$GENERATE 0-1 a${0 60 A 192.0.2.1\n", 1, "malformed");
    says("$GENERATE 0-1 a${0,1,y} 60 A 192.0.2.1\n", 1, "malformed");
    says("$GENERATE 0-1 a${-1} 60 A 192.0.2.1\n", 1, "malformed");
    says("$GENERATE 255-256 a$ 60 A 192.0.2.$\n", 1, "a256.example.com. A");
    says("$FOO x\n", 1, "not a directive");
    says("$TTL\n", 1, "one word");
    says("$TTL x\n", 1, "not a TTL");
    says("$ORIGIN a..\n", 1, "empty label");
    says("a 60 ANY x\n", 1, "RFC 3597");
}

TEST_CASE("at most twenty mistakes are listed")
{
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "a 60 A x\n";
    CHECK(read(text).errors.size() == 20);
}

TEST_CASE("entries may be long, but not without end")
{
    std::string strings;
    for (int i = 0; i < 250; ++i) {
        strings += " \"";
        for (int k = 0; k < 255; ++k)
            strings += "\\255";
        strings += "\"\n";
    }
    CHECK(good_records("a 60 TXT (" + strings + ")\n").size() == 1);
    std::string const comments = "; " + std::string(100, 'x') + "\n";
    std::string many;
    for (int i = 0; i < 30000; ++i)
        many += comments;
    CHECK(good_records(many + "a 60 A 192.0.2.1\n" + many).size() == 1);
    says("a 60 TXT (\n" + many + "b 60 TXT y\n", 1, "never closed");
    says("a 60 TXT " + std::string(5 << 20, 'x'), 1, "1 MiB");
}

TEST_CASE("a file may be empty, end anywhere, and be a pipe")
{
    CHECK(good_records("").empty());
    CHECK(good_records("\n  \n;x").empty());
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::thread const feeder = [&] {
        return std::thread{[fd = ends[1]] {
            stream const out{::fdopen(fd, "w")};
            for (int i = 0; i < 50000; ++i)
                std::fprintf(out.get(), "host%d 60 IN A 192.0.2.1\n", i);
        }};
    }();
    stream const in{::fdopen(ends[0], "r")};
    std::uint64_t most = 0;
    auto const r = zone::read_zone_file(in.get(), "a pipe", origin, [&](std::uint64_t done, std::uint64_t total) {
        CHECK(total == 0);
        CHECK(done >= most);
        most = done;
    });
    const_cast<std::thread&>(feeder).join();
    REQUIRE(r.has_value());
    CHECK(r->zone.size() == 50000);
    CHECK(most > 1000000);
}

TEST_CASE("what cannot be read at all is a failure")
{
    stream const folder{std::fopen("/", "r")};
    REQUIRE(folder);
    auto const r = zone::read_zone_file(folder.get(), "/", origin);
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().message.starts_with("Cannot read /: "));
}

TEST_CASE("a zone is written in order, SOA first, and the same zone gives the same text")
{
    auto const expected = "example.com.\t3600\tIN\tSOA\tns1.example.com. host.example.com. 1 7200 600 604800 60\n"
                          "example.com.\t3600\tIN\tNS\tns1.example.com.\n"
                          "a.example.com.\t60\tIN\tA\t192.0.2.1\n"
                          "a.example.com.\t60\tIN\tA\t192.0.2.2\n"
                          "b.a.example.com.\t60\tIN\tTYPE65280\t\\# 1 00\n"
                          "\\001.b.example.com.\t60\tIN\tTXT\t\"x\\\"\\255\"\n"
                          "*.b.example.com.\t60\tIN\tMX\t10 a.example.com.\n"
                          "ns1.example.com.\t60\tIN\tA\t192.0.2.1\n";
    auto const text = written(read(std::string{apex} + "$TTL 60\n*.b MX 10 a\n\\001.b TXT \"x\\\"\\255\"\nns1 A 192.0.2.1\n"
                                                       "A A 192.0.2.2\na A 192.0.2.1\nb.A TYPE65280 \\# 1 00\n")
                                  .zone);
    CHECK(text == expected);
    CHECK(written(read(text).zone) == text);
}

TEST_CASE("random zones survive being written and read")
{
    std::mt19937 random{11};
    auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (int round = 0; round < 60; ++round) {
        auto zone = read(apex).zone;
        zone::contents contents{origin};
        for (std::size_t i = 0; i < zone.size(); ++i)
            contents.add(zone[i].owner, zone[i].type, zone[i].ttl, zone[i].packed.subspan(2));
        for (unsigned n = below(300); n != 0; --n) {
            std::vector<std::uint8_t> wire;
            for (unsigned labels = below(4); labels != 0; --labels) {
                unsigned const size = 1 + below(3);
                wire.push_back(static_cast<std::uint8_t>(size));
                for (unsigned i = 0; i < size; ++i)
                    wire.push_back(static_cast<std::uint8_t>(below(2) == 0 ? below(256) : 'a' + below(3)));
            }
            wire.insert(wire.end(), origin.data(), origin.data() + origin.size());
            auto const type = static_cast<dns::rr_type>(below(262));
            std::vector<std::uint8_t> rdata(below(30));
            for (auto& b : rdata)
                b = static_cast<std::uint8_t>(below(3) == 0 ? below(256) : below(4));
            if (type != dns::rr_type::soa && type != dns::rr_type::dname && !dns::is_meta_type(type) &&
                dns::is_valid_rdata(type, rdata))
                contents.add(*dns::name_view::parse(wire), type, below(3), rdata);
        }
        contents.finish();
        auto const text = written(contents);
        auto const again = read(text);
        for (auto const& e : again.errors)
            FAIL(e.line << ": " << e.message << "\n" << text);
        REQUIRE(again.zone.size() == contents.size());
        for (std::size_t i = 0; i < contents.size(); ++i) {
            auto const a = contents[i], b = again.zone[i];
            REQUIRE(a.owner == b.owner);
            REQUIRE(*dns::rrset::from_packed(a.type, a.ttl, a.packed) == *dns::rrset::from_packed(b.type, b.ttl, b.packed));
        }
    }
}

TEST_CASE("what is below a DNAME is written as comments, which read back as the zone without it")
{
    auto const text = std::string{apex} +
                      "$TTL 60\nd DNAME example.net.\nd TXT \"here\"\nx.y.d A 192.0.2.1\nz.d TXT \"a ; b\"\ne A 192.0.2.2\n";
    auto const out = written(read(text).zone);
    CHECK(out.find("\n; What follows is below this DNAME") == out.rfind("\n; What follows"));
    CHECK(out.find("\n;x.y.d.example.com.\t60\tIN\tA\t192.0.2.1\n") != std::string::npos);
    CHECK(good_records(out) ==
          good_records(std::string{apex} + "$TTL 60\nd DNAME example.net.\nd TXT \"here\"\ne A 192.0.2.2\n"));
    for (auto const& found : zone::check(read(out).zone))
        CHECK(found.level == zone::finding::severity::warning);
}
