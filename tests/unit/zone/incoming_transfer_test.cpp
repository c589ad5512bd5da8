#include "zone/incoming_transfer.hpp"

#include "tests/support/transfer_message.hpp"

#include <catch2/catch_all.hpp>

using namespace homing;
using namespace homing::tests;
using kind = zone::incoming_transfer::kind;

namespace {

std::string const ns = "example.com. 3600 NS ns1.example.net.";
std::string const www = "www.example.com. 300 A 192.0.2.1", moved = "www.example.com. 300 A 192.0.2.2";

struct outcome {
    kind what = kind::unfinished;
    std::string fault;
    std::vector<zone::transfer_step> steps;
    std::optional<zone::contents> contents;
    std::uint32_t serial = 0;
    std::optional<dns::rcode> refusal;
};

/// Feeds messages to a transfer until it ends or fails.
outcome receive(std::vector<bytes> const& messages, std::optional<std::uint32_t> serial,
                zone::incoming_transfer::limits const& limits = {})
{
    zone::incoming_transfer t{name("example.com"), serial, 7, limits};
    outcome o;
    for (auto const& m : messages) {
        auto const view = dns::response_view::read(m);
        if (!view) {
            o.fault = "not a reply";
            return o;
        }
        auto const done = t.take(m, *view);
        o.refusal = t.refusal();
        if (!done) {
            o.fault = done.error().message;
            return o;
        }
    }
    o.what = t.what();
    o.serial = t.serial();
    if (o.what == kind::steps)
        o.steps = t.take_steps();
    if (o.what == kind::whole)
        o.contents.emplace(t.take_contents());
    return o;
}

outcome receive(std::vector<std::string> const& lines, std::optional<std::uint32_t> serial = 7)
{
    transfer_head head;
    head.type = serial ? "IXFR" : "AXFR";
    return receive(std::vector<bytes>{transfer_message(lines, head)}, serial);
}

std::vector<std::string> lines_of(zone::record_list const& list)
{
    std::vector<std::string> lines;
    std::size_t place = 0;
    while (auto const r = list.next(place))
        lines.push_back(describe(r->owner, r->ttl, static_cast<std::uint16_t>(r->type), r->rdata));
    return lines;
}

std::string described(std::string const& line)
{
    return *records(std::vector{line}).begin();
}

} // namespace

TEST_CASE("a zone comes whole, in one message or in many", "[incoming_transfer]")
{
    transfer_head head;
    head.type = "AXFR";
    auto const one = receive({soa(9), ns, www, soa(9)}, std::nullopt);
    REQUIRE(one.what == kind::whole);
    CHECK(one.serial == 9);
    CHECK(one.contents->record_count() == 3);
    CHECK(one.contents->find(name("www.example.com"), dns::rr_type::a));
    std::vector<bytes> many;
    for (auto const& line : {soa(9), ns, www, soa(9)}) {
        many.push_back(transfer_message({line}, head));
        head.has_question = false; // RFC 5936 2.2.1: of the later ones it may
    }
    auto const pieces = receive(many, std::nullopt);
    CHECK(pieces.what == kind::whole);
    CHECK(pieces.contents->record_count() == 3);
    many.pop_back();
    CHECK(receive(many, std::nullopt).what == kind::unfinished);
}

TEST_CASE("differences come step by step, or condensed", "[incoming_transfer]")
{
    auto const o = receive({soa(9), soa(7), www, soa(8), moved, soa(8), soa(9), www, soa(9)});
    REQUIRE(o.what == kind::steps);
    REQUIRE(o.steps.size() == 2);
    CHECK(o.steps[0].serial_from == 7);
    CHECK(o.steps[0].serial_to == 8);
    CHECK(lines_of(o.steps[0].removed) == std::vector{described(soa(7)), described(www)});
    CHECK(lines_of(o.steps[0].added) == std::vector{described(soa(8)), described(moved)});
    CHECK(lines_of(o.steps[1].added) == std::vector{described(soa(9)), described(www)});
    auto const condensed = receive({soa(9), soa(7), www, soa(9), moved, soa(9)});
    REQUIRE(condensed.steps.size() == 1);
    CHECK(condensed.steps[0].serial_to == 9);
}

TEST_CASE("differences are cut into messages anywhere", "[incoming_transfer]")
{
    std::vector<bytes> messages;
    for (auto const& line : {soa(9), soa(7), www, soa(9), moved, soa(9)})
        messages.push_back(transfer_message({line}));
    auto const o = receive(messages, 7);
    CHECK(o.fault.empty());
    CHECK(o.what == kind::steps);
}

TEST_CASE("an IXFR may be answered with the whole zone, or with the SOA alone", "[incoming_transfer]")
{
    CHECK(receive({soa(9), ns, www, soa(9)}).what == kind::whole);
    auto const same = receive({soa(7)});
    CHECK(same.what == kind::up_to_date);
    CHECK(same.serial == 7);
    CHECK(receive({soa(5)}).what == kind::up_to_date);
    CHECK(receive({soa(9)}).what == kind::unfinished); // the rest comes in further messages
    CHECK(receive({soa(2), ns, soa(2)}).fault == "message 1, record 2: serial 2 is not newer than ours, 7");
}

TEST_CASE("serials go round", "[incoming_transfer]")
{
    auto const o = receive({soa(3), soa(4294967290), www, soa(3), moved, soa(3)}, 4294967290U);
    REQUIRE(o.what == kind::steps);
    CHECK(o.steps[0].serial_to == 3);
}

TEST_CASE("what lies is refused, with the place", "[incoming_transfer]")
{
    using list = std::vector<std::string>;
    auto const cases = std::vector<std::tuple<list, std::optional<std::uint32_t>, std::string>>{
        {{www}, 7, "record 1: it begins with www.example.com. A, not with the zone's SOA"},
        {{soa(9), "www.example.net. 300 A 192.0.2.1", soa(9)}, {}, "record 2: www.example.net. A is not in the zone"},
        {{soa(9), ns, "www.example.com. 3 SOA a. b. 1 2 3 4 5", soa(9)}, {}, "record 3: www.example.com. SOA stands below the apex"},
        {{soa(9), ns, "www.example.com. 3 ANY", soa(9)}, {}, "cannot stand in a zone"},
        {{soa(9), ns, soa(10)}, {}, "record 3: it began with serial 9 and ends with 10"},
        {{soa(9), ns, soa(9), www}, {}, "record 4: www.example.com. A comes after the last SOA"},
        {{soa(9), www, soa(9)}, {}, "there is no NS at the apex"},
        {{soa(9), ns, "a.example.com. 3 CNAME b.", "a.example.com. 3 A 192.0.2.1", soa(9)}, {}, "a.example.com. has a CNAME beside"},
        {{soa(9), ns, "a.example.com. 3 CNAME b.", "a.example.com. 3 CNAME c.", soa(9)}, {}, "a.example.com. CNAME has several"},
        {{soa(9), ns, "example.com. 3600 SOA x. y. 9 1 1 1 1"}, {}, "record 3: it ends with another SOA than it began with"},
        {{soa(9), soa(6), www, soa(9), moved, soa(9)}, 7, "record 2: a difference begins at serial 6, not at 7"},
        {{soa(9), soa(7), www, soa(7), moved, soa(9)}, 7, "record 4: the serial goes back from 7 to 7"},
        {{soa(9), soa(7), www, soa(10), moved, soa(9)}, 7, "record 4: a difference leads to serial 10, beyond the last one, 9"},
        {{soa(9), soa(7), www, soa(8), moved, soa(7)}, 7, "record 6: a difference begins at serial 7, not at 8"},
        {{soa(9), soa(7), soa(9), soa(9), www}, 7, "record 5: www.example.com. A comes after the last SOA"},
        {{}, 7, "message 1: it has no records"},
    };
    for (auto const& [lines, serial, fault] : cases) {
        INFO(fault);
        CHECK_THAT(receive(lines, serial).fault, Catch::Matchers::ContainsSubstring(fault));
    }
}

TEST_CASE("what answers something else is refused", "[incoming_transfer]")
{
    auto const fault = [](transfer_head const& head) { return receive(std::vector<bytes>{transfer_message({soa(7)}, head)}, 7).fault; };
    transfer_head head;
    CHECK(fault(head).empty());
    CHECK_THAT(fault({.id = 8}), Catch::Matchers::ContainsSubstring("another request"));
    CHECK_THAT(fault({.apex = "example.net."}), Catch::Matchers::ContainsSubstring("another question"));
    CHECK_THAT(fault({.type = "AXFR"}), Catch::Matchers::ContainsSubstring("another question"));
    CHECK_THAT(fault({.flags = 0}), Catch::Matchers::ContainsSubstring("not a reply"));
    CHECK_THAT(fault({.flags = dns::header_bits::qr | dns::header_bits::tc}), Catch::Matchers::ContainsSubstring("truncated"));
    CHECK_THAT(fault({.flags = dns::header_bits::qr | 4U << 11U}), Catch::Matchers::ContainsSubstring("opcode is NOTIFY"));
    CHECK_THAT(fault({.has_question = false}), Catch::Matchers::ContainsSubstring("no question"));
    CHECK_THAT(fault({.klass = 3}), Catch::Matchers::ContainsSubstring("has class 3, not IN"));
    head.flags = dns::header_bits::qr | 4;
    auto const refused = receive(std::vector<bytes>{transfer_message({}, head)}, 7);
    CHECK(refused.fault == "message 1: the primary answers NOTIMP");
    CHECK(refused.refusal == dns::rcode::notimp);
}

TEST_CASE("what does not end is cut off", "[incoming_transfer]")
{
    zone::incoming_transfer::limits const small{.octets = 2000, .steps = 2};
    transfer_head head;
    head.type = "AXFR";
    std::vector<std::string> lines{soa(9), ns};
    for (int i = 0; i < 100; ++i)
        lines.push_back(www);
    CHECK_THAT(receive(std::vector<bytes>{transfer_message(lines, head)}, std::nullopt, small).fault, Catch::Matchers::ContainsSubstring("too large"));
    std::vector<std::string> steps{soa(99)};
    for (std::uint32_t i = 7; i < 10; ++i) {
        steps.push_back(soa(i));
        steps.push_back(soa(i + 1));
    }
    CHECK_THAT(receive(std::vector<bytes>{transfer_message(steps)}, 7, {.octets = 100'000, .steps = 2}).fault,
               Catch::Matchers::ContainsSubstring("more than 2 differences"));
}

TEST_CASE("a message that does not parse is no reply", "[incoming_transfer]")
{
    auto const good = transfer_message({soa(9), ns, www, soa(9)});
    for (std::size_t size = 0; size < good.size(); ++size) {
        bytes const cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(dns::response_view::read(cut).has_value());
    }
    auto longer = good;
    longer.push_back(0);
    CHECK_FALSE(dns::response_view::read(longer).has_value());
}
