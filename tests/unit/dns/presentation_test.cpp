#include "dns/presentation.hpp"

#include <catch2/catch_all.hpp>
#include <random>

using namespace homing::dns;

namespace {

name const origin = *name::from_text("example.com.");

std::vector<std::uint8_t> read(rr_type t, std::string_view text)
{
    auto const r = rdata_from_text(t, text, origin);
    INFO(text << ": " << (r ? "" : r.error().message));
    REQUIRE(r.has_value());
    return *r;
}

rr_type type(std::string_view mnemonic)
{
    auto const t = rr_type_from_text(mnemonic);
    INFO(mnemonic);
    REQUIRE(t.has_value());
    return *t;
}

std::string why_not(std::string_view mnemonic, std::string_view text)
{
    auto const r = rdata_from_text(type(mnemonic), text, origin);
    INFO(mnemonic << ' ' << text);
    REQUIRE_FALSE(r.has_value());
    return r.error().message;
}

std::string hex(std::vector<std::uint8_t> const& bytes)
{
    std::string out;
    for (auto const b : bytes)
        out += {"0123456789abcdef"[b >> 4], "0123456789abcdef"[b & 15]};
    return out;
}

} // namespace

TEST_CASE("types have names, known ones their own, others TYPEnnn")
{
    CHECK(to_string(rr_type::aaaa) == "AAAA");
    CHECK(to_string(rr_type::nsap_ptr) == "NSAP-PTR");
    CHECK(to_string(static_cast<rr_type>(65280)) == "TYPE65280");
    CHECK(rr_type_from_text("aaaa") == rr_type::aaaa);
    CHECK(rr_type_from_text("type1") == rr_type::a);
    CHECK(rr_type_from_text("TYPE65535") == static_cast<rr_type>(65535));
    for (auto const* bad : {"", "BOGUS", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "AA", "TYPE000000001"})
        CHECK_FALSE(rr_type_from_text(bad));
    for (unsigned i = 0; i < 65536; ++i)
        REQUIRE(rr_type_from_text(to_string(static_cast<rr_type>(i))) == static_cast<rr_type>(i));
}

TEST_CASE("response codes have names")
{
    CHECK(to_string(rcode::noerror) == "NOERROR");
    CHECK(to_string(rcode::badvers) == "BADVERS");
    CHECK(to_string(static_cast<rcode>(3841)).find("3841") != std::string::npos);
}

TEST_CASE("a TTL is seconds or has units")
{
    CHECK(ttl_from_text("0") == 0U);
    CHECK(ttl_from_text("3600") == 3600U);
    CHECK(ttl_from_text("1h30m") == 5400U);
    CHECK(ttl_from_text("1W2D3H4M5S") == 604800U + 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
    CHECK(ttl_from_text("2147483647") == 2147483647U);
    for (auto const* bad : {"", "2147483648", "h", "1h30", "1x", "-1", "1 h", "99999999999999999999", "3551w"})
        CHECK_FALSE(ttl_from_text(bad));
}

TEST_CASE("names in commands are absolute with or without the final dot")
{
    CHECK(name_from_text("www.Example.com")->to_string() == "www.Example.com.");
    CHECK(name_from_text("www.example.com.")->to_string() == "www.example.com.");
    CHECK(name_from_text(".")->view().is_root());
    CHECK(name_from_text(R"(a\.b.c\032\\.)")->to_string() == R"(a\.b.c\032\\.)");
    CHECK(name_from_text(std::string(63, 'a'))->size() == 65);
}

TEST_CASE("what is not a name says why")
{
    auto const reason = [](std::string const& text) {
        auto const r = name_from_text(text);
        REQUIRE_FALSE(r.has_value());
        return r.error().message;
    };
    CHECK(reason("").find("empty") != std::string::npos);
    CHECK(reason("a..b").find("empty label") != std::string::npos);
    CHECK(reason(".a").find("empty label") != std::string::npos);
    CHECK(reason(std::string(64, 'a')).find("63") != std::string::npos);
    CHECK(reason("a\\256.").find("escape") != std::string::npos);
    CHECK(reason("a\\").find("escape") != std::string::npos);
    CHECK(reason("@").find("\"@\"") != std::string::npos);
    std::string long_name;
    for (int i = 0; i < 127; ++i)
        long_name += "a.";
    CHECK(name_from_text(long_name).has_value());
    CHECK(reason(long_name + "a.").find("255") != std::string::npos);
}

TEST_CASE("every type prints as it was written and reads back the same")
{
    struct record {
        char const *type, *text;
    };
    for (
        auto const& [mnemonic, text] : {
            record{"A", "192.0.2.1"},
            {"AAAA", "2001:db8::1"},
            {"NS", "ns1.example.com."},
            {"CNAME", "."},
            {"SOA", "ns1.example.com. host\\.master.example.com. 4294967295 3600 600 604800 60"},
            {"MB", "a.b."},
            {"WKS", "192.0.2.1 6 25 80 65535"},
            {"PTR", "a."},
            {"HINFO", R"("PC \"x\"" "a\\b\000\255")"},
            {"MINFO", "a. b."},
            {"MX", "65535 mail.example.com."},
            {"TXT", R"("v=spf1 -all" "" "; ( ) @ $")"},
            {"RP", "a. ."},
            {"AFSDB", "1 a."},
            {"X25", R"("311061700956")"},
            {"ISDN", R"("150862028003217")"},
            {"ISDN", R"("150862028003217" "004")"},
            {"RT", "10 a."},
            {"NSAP", "0x47000580005a0000000001e133ffffff00016200"},
            {"NSAP-PTR", "a.b."},
            {"KEY", "256 3 8 AwEAAbdxyhNu"},
            {"SIG", "A 8 2 300 20300101000000 20290101000000 12345 example.com. AwEAAbdx"},
            {"PX", "10 a. b."},
            {"GPOS", R"("-32.6882" "116.8652" "10.0")"},
            {"LOC", "52 22 23.456 N 04 53 32.999 W -24.50m 1m 100000m 0.30m"},
            {"EID", "E32C6F78163A9348"},
            {"NIMLOC", "32251A030067"},
            {"SRV", "0 5 5060 sip.example.com."},
            {"NAPTR", R"(100 10 "u" "E2U+sip" "!^.*$!sip:\\1@x!" .)"},
            {"KX", "10 a."},
            {"CERT", "65000 1 8 AwEAAbdx"},
            {"DNAME", "example.net."},
            {"APL", "1:192.168.32.0/21 !1:192.168.38.0/28"},
            {"DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
            {"SSHFP", "2 1 123456789ABCDEF67890123456789ABCDEF67890"},
            {"IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
            {"IPSECKEY", "10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
            {"IPSECKEY", "10 2 2 2001:db8::1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
            {"IPSECKEY", "10 3 2 gw.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
            {"RRSIG", "TYPE65000 8 2 300 20380119031408 19700101000000 12345 example.com. AwEAAbdx"},
            {"RRSIG", "NSEC 8 2 300 21060207062815 20240229235959 12345 example.com. AwEAAbdx"},
            {"NSEC", "a.example.com. A NS MX TYPE1234"},
            {"DNSKEY", "256 3 13 AwEAAbdxyhNu"},
            {"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
            {"NSEC3", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX DNSKEY NS SOA NSEC3PARAM RRSIG"},
            {"NSEC3", "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR"},
            {"NSEC3PARAM", "1 0 12 AABBCCDD"},
            {"TLSA", "3 1 1 0D6FCE13243AA7EE1122334455667788990011223344556677889900AABBCCDD"},
            {"SMIMEA", "3 0 0 0D6FCE"},
            {"HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAbdx rvs.example.com. ."},
            {"NINFO", R"("a" "b")"},
            {"RKEY", "0 1 2 AwEAAbdx"},
            {"TALINK", "a. b."},
            {"CDS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
            {"CDNSKEY", "0 3 0 AA=="},
            {"OPENPGPKEY", "AwEAAbdx"},
            {"CSYNC", "66 3 A NS AAAA"},
            {"ZONEMD", "2018031500 1 1 "
                       "FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE"},
            {"SVCB",
             R"(16 foo.example.com. mandatory=alpn,ipv4hint alpn="h2,h3-19" no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=AEX+DQ== ipv6hint=2001:db8::1 key667="hello\210qoo")"},
            {"HTTPS", "0 pool.example.com."},
            {"HTTPS", R"(1 . alpn="f\\\\oo\\,bar,h2" key65333="a b")"},
            {"SPF", R"("v=spf1 -all")"},
            {"NID", "10 0014:4FFF:FF20:EE64"},
            {"L32", "10 10.1.2.0"},
            {"L64", "10 2001:0DB8:1140:1000"},
            {"LP", "10 l64.example.com."},
            {"EUI48", "00-00-5E-00-53-2A"},
            {"EUI64", "00-00-5E-EF-10-00-00-2A"},
            {"URI", R"(10 1 "ftp://ftp1.example.com/\"public")"},
            {"CAA", R"(128 issue "ca.example.net; policy=\"ev\"")"},
            {"CAA", R"(0 iodef "")"},
            {"AVC", R"("app-name:WOLFGANG")"},
            {"DOA", R"(1 2 3 "text/plain" AwEAAbdx)"},
            {"AMTRELAY", "10 0 1 203.0.113.15"},
            {"AMTRELAY", "10 1 2 2001:db8::15"},
            {"AMTRELAY", "128 1 3 amtrelays.example.com."},
            {"AMTRELAY", "10 0 0 ."},
            {"TA", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
            {"DLV", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
            {"TYPE65280", "\\# 3 00FF10"},
            {"TYPE65280", "\\# 0"},
            {"NULL", "\\# 2 0102"},
        }) {
        auto const rdata = read(type(mnemonic), text);
        bool const order_differs = std::string_view{mnemonic} == "NSEC3" && rdata.size() > 30;
        INFO(mnemonic << ' ' << text << ' ' << hex(rdata));
        CHECK(is_valid_rdata(type(mnemonic), rdata));
        if (!order_differs)
            CHECK(to_text(type(mnemonic), rdata) == text);
        CHECK(read(type(mnemonic), to_text(type(mnemonic), rdata)) == rdata);
        // RFC 3597: the same octets by their generic form, whatever the type.
        CHECK(read(type(mnemonic), "\\# " + std::to_string(rdata.size()) + " " + hex(rdata)) == rdata);
    }
}

TEST_CASE("text has one meaning in octets")
{
    CHECK(hex(read(rr_type::a, "192.0.2.1")) == "c0000201");
    CHECK(hex(read(rr_type::mx, "10 mail")) == "000a046d61696c076578616d706c6503636f6d00");
    CHECK(hex(read(rr_type::ns, "@")) == "076578616d706c6503636f6d00");
    CHECK(hex(read(rr_type::txt, R"(abc "d e\065" \;x)")) == "03616263"
                                                             "04642065"
                                                             "41"
                                                             "023b78");
    CHECK(hex(read(rr_type::txt, R"("a""b"c)")) == "016101620163");
    CHECK(hex(read(rr_type::nsec, ". TYPE1234 MX A")) == "00"
                                                         "000240"
                                                         "01"
                                                         "041b" +
                                                             std::string(52, '0') + "20");
    CHECK(hex(read(rr_type::cert, "PKIX 1 RSASHA256 AwEA")) == "0001000108030100");
    CHECK(hex(read(rr_type::ds, "1 ECDSAP256SHA256 250 ( 00 11\n 22aa )")) == "00010dfa001122aa");
}

TEST_CASE("long and split fields are put together")
{
    CHECK(read(rr_type::dnskey, "256 3 8 AwEA Abdx").size() == 4 + 6);
    std::string chunks;
    for (int i = 0; i < 200; ++i)
        chunks += '"' + std::string(255, 'x') + "\" ";
    CHECK(read(rr_type::txt, chunks).size() == 200 * 256);
    CHECK(read(rr_type::soa, "a b ( 1 ; serial\n 1h 10m\n 1w 60 )").size() == 2 * 15 + 20);
}

TEST_CASE("mnemonics and units that other servers read are read")
{
    CHECK(to_text(rr_type::tlsa, read(rr_type::tlsa, "DANE-EE SPKI SHA2-256 " + std::string(64, 'a'))).starts_with("3 1 1 "));
    CHECK(to_text(rr_type::soa, read(rr_type::soa, "a. b. 1 1h30m 1D 1W 1m")) == "a. b. 1 5400 86400 604800 60");
    CHECK(to_text(rr_type::rrsig, read(rr_type::rrsig, "A RSASHA256 2 300 1893456000 0 1 . AA==")) ==
          "A 8 2 300 20300101000000 19700101000000 1 . AA==");
    CHECK(to_text(rr_type::wks, read(rr_type::wks, "192.0.2.1 UDP domain 123")) == "192.0.2.1 17 53 123");
    CHECK(to_text(rr_type::loc, read(rr_type::loc, "52 N 4 E 0")) == "52 00 0.000 N 04 00 0.000 E 0m 1m 10000m 10m");
    CHECK(to_text(rr_type::svcb, read(rr_type::svcb, "1 . port=53 alpn=h2")) == R"(1 . alpn="h2" port=53)");
    CHECK(to_text(rr_type::svcb, read(rr_type::svcb, "1 . dohpath=/dns-query{?dns}")) == R"(1 . key7="/dns-query{?dns}")");
    CHECK(to_text(rr_type::svcb, read(rr_type::svcb, R"(1 . key1="\002h2")")) == R"(1 . alpn="h2")");
}

TEST_CASE("wrong text is refused with what is wrong in it")
{
    auto const says = [](std::string_view mnemonic, std::string_view text, std::string_view part) {
        auto const message = why_not(mnemonic, text);
        INFO(message);
        CHECK(message.find(part) != std::string::npos);
        CHECK(message.back() == '.');
    };
    says("MX", "70000 a.", "the preference \"70000\" is not a number from 0 to 65535");
    says("MX", "-1 a.", "not a number");
    says("MX", "10", "the exchanger is missing");
    says("MX", "10 a. b.", "\"b.\" is a word too many");
    says("MX", "10 a..b", "empty label");
    says("MX", R"("10" a.)", "in quotes");
    says("A", "1.2.3", "not an IPv4 address");
    says("A", "1.2.3.4.5", "not an IPv4 address");
    says("A", "1.2.3.256", "not an IPv4 address");
    says("A", "01.2.3.4", "not an IPv4 address");
    says("A", "", "missing");
    says("AAAA", "::1%lo", "not an IPv6 address");
    says("AAAA", "1.2.3.4", "not an IPv6 address");
    says("DS", "1 300 2 00", "the algorithm \"300\"");
    says("DS", "1 8 2 aab", "odd number");
    says("DS", "1 8 2 xyz", "not hexadecimal");
    says("DNSKEY", "256 3 8 AwE", "base64 that is cut off");
    says("DNSKEY", "256 3 8 Aw=A", "not base64");
    says("NSEC", "a. BOGUS", "not an RR type");
    says("TXT", std::string(256, 'x'), "256 octets");
    says("TXT", "", "missing");
    says("TXT", "\"abc", "never closed");
    says("TXT", "a )", "parenthesis is closed");
    says("TXT", "( a", "parenthesis is opened");
    says("TXT", "a\\", "backslash");
    says("TXT", "a\nb", "more than one line");
    says("TXT", std::string_view{"a\0b", 3}, "zero octet");
    says("IPSECKEY", "10 9 0 .", "that is not 0, 1, 2 or 3");
    says("SVCB", "1 . port=53 port=53", "twice");
    says("SVCB", "1 . port=65536", "the parameter port has a value that it cannot have: \"65536\"");
    says("SVCB", "1 . alpn=,", "alpn has a value");
    says("SVCB", "1 . frob=1", "not key=value");
    says("SVCB", "1 . no-default-alpn=1", "no-default-alpn has a value");
    says("SVCB", "1 . mandatory=mandatory", "mandatory has a value");
    says("SVCB", "1 . no-default-alpn", "without alpn");
    says("SVCB", "1 . mandatory=port alpn=h2", "mandatory names a key");
    says("CAA", "0 is-sue \"x\"", "not a tag");
    says("EUI48", "00-00-5e-00-53", "form of this address");
    says("RRSIG", "A 8 2 300 20301301000000 0 1 . AA==", "not a date");
    says("LOC", "91 N 4 E 0", "form of this type");
    says("APL", "1:1.2.3.4/33", "form of this type");
    says("WKS", "1.2.3.4 tcp 70000", "neither a port");
    says("A", "\\# 3 010203", "not valid rdata of A");
    says("A", "\\# 4 010203", "says 4 octets, but 3 follow");
    says("TYPE65280", "\\#", "length is missing");
    says("TYPE65280", "\\# 65536 00", "not a length");
    says("TYPE65280", "1.2.3.4", "RFC 3597");
    says("NULL", "x", "RFC 3597");
    says("ANY", "x", "RFC 3597");
    says("NS", "\\# 2 c00c", "not valid rdata of NS");
}

TEST_CASE("random valid rdata of every type survives being printed and read")
{
    std::mt19937 random{42};
    auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    int printed = 0;
    for (int i = 0; i < 60000; ++i) {
        auto const t = static_cast<rr_type>(below(265));
        std::vector<std::uint8_t> rdata(below(40));
        for (auto& b : rdata)
            b = static_cast<std::uint8_t>(below(3) == 0 ? below(256) : below(4));
        if (!is_valid_rdata(t, rdata))
            continue;
        ++printed;
        auto const text = to_text(t, rdata);
        auto const again = rdata_from_text(t, text, origin);
        INFO(to_string(t) << ' ' << text << ' ' << hex(rdata));
        REQUIRE(again.has_value());
        REQUIRE(*again == rdata);
    }
    CHECK(printed > 5000);
}
