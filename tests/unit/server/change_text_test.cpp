#include "server/commands/change_text.hpp"
#include "tests/support/record_text.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;
using homing::tests::name;

namespace {

dns::rrset set(std::uint32_t ttl, std::string const& type, std::vector<std::string> const& data)
{
    dns::rrset s{tests::type(type), ttl};
    for (auto const& d : data)
        s.add(tests::record("x. 0 " + type + " " + d).rdata);
    return s;
}

storage::journal_entry entry()
{
    storage::journal_entry e{};
    e.number = 12;
    e.zone = name("example.com.");
    e.kind = storage::journal_kind::changed;
    e.serial_from = 4;
    e.serial_to = 5;
    e.time_ms = 1'777'907'045'678;
    e.origin = {"key.example.", "192.0.2.1#53", "dns/udp"};
    e.changes = {{name("www.example.com."), set(60, "A", {"192.0.2.1"}), set(60, "A", {"192.0.2.2", "192.0.2.3"})},
                 {name("example.com."), set(9, "SOA", {"a. b. 4 1 2 3 4"}), set(9, "SOA", {"a. b. 5 1 2 3 4"})}};
    return e;
}

} // namespace

TEST_CASE("a change in a few lines says when, who, from where, over what, and what left and came")
{
    CHECK(to_text(entry(), {}) == "change 12  2026-05-04T15:04:05Z  example.com.  serial 4 -> 5\n"
                                  "  by key.example. from 192.0.2.1#53 via dns/udp\n"
                                  "  - www.example.com. 60 IN A 192.0.2.1\n"
                                  "  + www.example.com. 60 IN A 192.0.2.2\n"
                                  "  + www.example.com. 60 IN A 192.0.2.3\n");
}

TEST_CASE("a change that left no records in the journal says what happened to the zone")
{
    auto e = entry();
    e.changes.clear();
    e.origin = {"", "user:root", "cli"};
    e.kind = storage::journal_kind::created;
    CHECK(to_text(e, {}) == "change 12  2026-05-04T15:04:05Z  example.com.  added, serial 5\n  by user:root via cli\n");
    e.kind = storage::journal_kind::replaced;
    CHECK(to_text(e, {}).find("replaced whole, serial 4 -> 5\n") != std::string::npos);
    e.kind = storage::journal_kind::removed;
    CHECK(to_text(e, {}).find("removed, serial 4\n") != std::string::npos);
}

TEST_CASE("a SOA is shown when more than its serial changed")
{
    auto e = entry();
    e.changes[1].after = set(9, "SOA", {"a. b. 5 1 2 3 77"});
    CHECK(to_text(e, {}).find("  - example.com. 9 IN SOA a. b. 4 1 2 3 4\n  + example.com. 9 IN SOA a. b. 5 1 2 3 77\n") !=
          std::string::npos);
    e.changes[1].after = set(10, "SOA", {"a. b. 5 1 2 3 4"});
    CHECK(to_text(e, {}).find("SOA") != std::string::npos);
}

TEST_CASE("long changes and long records are cut short where asked, and say so")
{
    CHECK(to_lines(entry().changes, "", "", {.records = 2}) == "-www.example.com. 60 IN A 192.0.2.1\n"
                                                               "+www.example.com. 60 IN A 192.0.2.2\n"
                                                               "... and 1 more\n");
    CHECK(to_lines(entry().changes, "", "", {.records = 1, .columns = 20}) == "-www.example.com. 60 ...\n... and 2 more\n");
}

TEST_CASE("nothing of a change is obeyed by a terminal")
{
    auto e = entry();
    std::uint8_t const hostile[] = {3, 27, '[', 'H', 0};
    e.changes[0].owner = dns::name_view{hostile, sizeof hostile};
    e.changes[0].after = dns::rrset{dns::rr_type::txt, 60};
    e.changes[0].after.add(std::vector<std::uint8_t>{4, 27, '[', 'J', 0x9B});
    e.origin = {"k\x1b[1m.", "user:\xC2\x9B", "cli\r\n"};
    for (std::string const& text : {to_text(e, {}), to_json_line(e)})
        for (std::size_t i = 0; i + 1 < text.size(); ++i) {
            INFO(text);
            CHECK(((text[i] >= ' ' && text[i] <= '~') || text[i] == '\n'));
        }
    CHECK(to_text(e, {}).find("\\027[H. 60 IN A") != std::string::npos);
    CHECK(to_json_line(e).find('\n') == to_json_line(e).size() - 1);
}

TEST_CASE("a change as JSON has everything that is known of it in one line")
{
    CHECK(
        to_json_line(entry()) ==
        R"({"change":12,"time":"2026-05-04T15:04:05.678Z","zone":"example.com.","kind":"changed","serial_from":4,"serial_to":5,)"
        R"("key":"key.example.","address":"192.0.2.1#53","via":"dns/udp",)"
        R"("removed":[{"name":"www.example.com.","ttl":60,"type":"A","rdata":"192.0.2.1"}],)"
        R"("added":[{"name":"www.example.com.","ttl":60,"type":"A","rdata":"192.0.2.2"},)"
        R"({"name":"www.example.com.","ttl":60,"type":"A","rdata":"192.0.2.3"}]})"
        "\n");
    auto e = entry();
    e.kind = storage::journal_kind::created;
    e.origin.key.clear();
    CHECK(to_json_line(e).find(R"("serial_from":null,"serial_to":5,"key":null)") != std::string::npos);
}
