#include "zone/check.hpp"

#include "zone/zone_file.hpp"

#include <catch2/catch_all.hpp>
#include <memory>

using namespace homing;
using zone::finding;

namespace {

struct closed {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
};

constexpr auto apex = "$TTL 60\n@ SOA ns1 host 1 2h 10m 1w 60\n@ NS ns1\nns1 A 192.0.2.1\n";

std::vector<finding> check_text(std::string_view text)
{
    std::unique_ptr<std::FILE, closed> const f{std::tmpfile()};
    REQUIRE(std::fwrite(text.data(), 1, text.size(), f.get()) == text.size());
    std::rewind(f.get());
    auto const r = zone::read_zone_file(f.get(), "test", *dns::name::from_text("example.com."));
    REQUIRE(r.has_value());
    for (auto const& e : r->errors)
        FAIL(e.line << ": " << e.message);
    return zone::check(r->zone);
}

/// The findings on a good apex (which takes the first four lines) and `rest`.
std::vector<finding> check_beside_apex(std::string_view rest)
{
    return check_text(apex + std::string{rest} + '\n');
}

void finds(finding::severity level, std::string_view rest, std::uint32_t line, std::string_view part)
{
    auto const found = check_beside_apex(rest);
    INFO(rest);
    REQUIRE_FALSE(found.empty());
    INFO(found[0].message);
    CHECK(found.size() == 1);
    CHECK(found[0].level == level);
    CHECK(found[0].line == line);
    CHECK(found[0].message.find(part) != std::string::npos);
    CHECK(found[0].message.back() == '.');
}

void error(std::string_view rest, std::uint32_t line, std::string_view part)
{
    finds(finding::severity::error, rest, line, part);
}

void warning(std::string_view rest, std::uint32_t line, std::string_view part)
{
    finds(finding::severity::warning, rest, line, part);
}

void is_good(std::string_view rest)
{
    for (auto const& f : check_beside_apex(rest))
        FAIL_CHECK(rest << ": " << f.message);
}

} // namespace

TEST_CASE("a good zone has no findings")
{
    is_good("");
    is_good("www CNAME @\nwww RRSIG CNAME 8 2 60 20300101000000 20290101000000 1 @ AA==\nwww NSEC ns1 CNAME RRSIG NSEC\n");
    is_good("x NS ns.x\nns.x A 192.0.2.1\nx NS ns.example.org.\nx DS 1 8 2 " + std::string(64, 'a'));
    is_good("@ MX 10 mail\n@ MX 0 .\n*.y A 192.0.2.1\n@ MX 20 a.y\nmail AAAA 2001:db8::1\n_sip._tcp SRV 0 0 0 .");
    is_good("d DNAME example.org.\nd TXT x\nd2 A 192.0.2.1\n_x TXT y");
    is_good("x NS ns.y\ny NS ns.example.org.\n@ MX 10 mail.y"); // the child's business
    is_good("@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n@ NSEC3PARAM 1 0 0 -");
}

TEST_CASE("the apex needs its SOA and NS")
{
    auto const found = check_text("$TTL 60\na A 192.0.2.1\n");
    REQUIRE(found.size() == 2);
    CHECK(found[0].message.find("no SOA") != std::string::npos);
    CHECK(found[1].message.find("no NS") != std::string::npos);
    CHECK(found[0].level == finding::severity::error);
    error("@ SOA a b 1 2 3 4 5", 2, "several SOA");
    error("x SOA a b 1 2 3 4 5", 5, "belongs at the zone's apex");
    error("@ DS 1 8 2 " + std::string(64, 'a'), 5, "DS at the zone's apex");
    warning("@ CDS 1 8 2 " + std::string(64, 'a'), 5, "no DNSKEY");
    warning("@ NSEC3PARAM 7 0 0 -", 5, "hash algorithm");
}

TEST_CASE("what the DNS forbids at a name is an error")
{
    error("www CNAME a\nwww A 192.0.2.1", 5, "www.example.com. has a CNAME beside other data (A");
    error("@ CNAME a", 5, "CNAME beside other data");
    error("www CNAME a\nwww CNAME b", 5, "several CNAME");
    error("d DNAME a\nd DNAME b", 5, "several DNAME");
    error("d DNAME a.example.org.\nx.y.d A 192.0.2.1", 6, "x.y.d.example.com. is below the DNAME at d.example.com.");
    error("www.example.org. A 192.0.2.1", 5, "www.example.org. is not in the zone");
    error("com. A 192.0.2.1", 5, "not in the zone");
    error("a TYPE255 \\# 0", 5, "type ANY, which cannot stand");
    error("a TYPE128 \\# 0", 5, "cannot stand");
    error("*.a NS ns1", 5, "wildcard");
}

TEST_CASE("an RRset that no answer can carry is an error")
{
    std::string big;
    for (int i = 0; i < 253; ++i)
        big += "big TXT " + std::string(240, 'x') + std::to_string(i) + "\n";
    is_good(big);
    for (int i = 253; i < 262; ++i)
        big += "big TXT " + std::string(240, 'x') + std::to_string(i) + "\n";
    error(big, 5, "262 records of type TXT");
}

TEST_CASE("what is only unwise is a warning")
{
    warning("x NS alias\nalias CNAME ns1", 5, "which is a CNAME");
    warning("@ MX 10 alias\nalias CNAME ns1", 5, "The MX of example.com. points to alias.example.com., which is a CNAME");
    warning("_a._tcp SRV 1 1 1 alias\nalias CNAME ns1", 5, "which is a CNAME");
    warning("x NS ns.x", 5, "glue is missing");
    warning("x NS ns.a.x", 5, "glue is missing");
    warning("@ NS ns2", 3, "has no address"); // where the RRset begins
    warning("@ MX 10 mail", 5, "has no address");
    warning("@ MX 10 mail\nmail TXT x", 5, "has no address");
    warning("@ MX 10 a.b\n*.b TXT x", 5, "has no address");
    warning("@ MX 10 a.b\n*.b A 192.0.2.1\nx.a.b TXT x", 5, "has no address"); // it exists: no wildcard
    warning("@ MX 10 a.d\nd DNAME example.org.", 5, "below a DNAME");
    warning("x NS 192.0.2.1.", 5, "looks like an address");
    warning("a 5 A 192.0.2.1\na 6 A 192.0.2.2", 5, "different TTLs; all get the lowest, 5");
}

TEST_CASE("findings are listed up to a limit and counted beyond it")
{
    std::string many;
    for (int i = 0; i < 50; ++i)
        many +=
            "m" + std::to_string(i) + " MX 10 nowhere\nc" + std::to_string(i) + " CNAME a\nc" + std::to_string(i) + " TXT x\n";
    auto const found = check_beside_apex(many);
    REQUIRE(found.size() == 42);
    CHECK(found[20].message == "There are 30 more errors.");
    CHECK(found[20].level == finding::severity::error);
    CHECK(found[41].message == "There are 30 more warnings.");
}
