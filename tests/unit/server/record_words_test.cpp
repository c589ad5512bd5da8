#include "server/commands/record_words.hpp"

#include "dns/presentation.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::server;

namespace {

using list = std::vector<std::string>;

list texts(dns::rr_type type, list const& words)
{
    auto const set = read_records(type, 60, words);
    if (!set)
        return {set.error().message};
    list all;
    set->for_each([&](dns::rdata_view r) { all.push_back(dns::to_text(type, r)); });
    return all;
}

} // namespace

TEST_CASE("words that are records alone are several records")
{
    CHECK(texts(dns::rr_type::a, {"192.0.2.1", "192.0.2.2"}) == list{"192.0.2.1", "192.0.2.2"});
    CHECK(texts(dns::rr_type::mx, {"10 a.example.", "20 b.example."}) == list{"10 a.example.", "20 b.example."});
    CHECK(texts(dns::rr_type::a, {"192.0.2.1", "192.0.2.1"}) == list{"192.0.2.1"});
}

TEST_CASE("words that are no records alone are one record together")
{
    CHECK(texts(dns::rr_type::mx, {"10", "mail.example.com."}) == list{"10 mail.example.com."});
    CHECK(texts(dns::rr_type::srv, {"0", "5", "443", "www.example.com"}) == list{"0 5 443 www.example.com."});
}

TEST_CASE("names are absolute, with the final dot or without")
{
    CHECK(texts(dns::rr_type::cname, {"www.example.com"}) == list{"www.example.com."});
}

TEST_CASE("a word of a TXT record is one string, unless it is quoted as in a zone file")
{
    CHECK(texts(dns::rr_type::txt, {"v=spf1 -all"}) == list{"\"v=spf1 -all\""});
    CHECK(texts(dns::rr_type::txt, {"one", "two"}) == list{"\"one\"", "\"two\""});
    CHECK(texts(dns::rr_type::txt, {"\"one\" \"two\""}) == list{"\"one\" \"two\""});
    CHECK(texts(dns::rr_type::txt, {""}) == list{"\"\""});
    auto const long_one = read_records(dns::rr_type::txt, 60, list{std::string(300, 'x')});
    REQUIRE(long_one.has_value());
    CHECK(long_one->front().size() == 302);
}

TEST_CASE("what is no record is refused with its words")
{
    for (auto const& [type, words] : {std::pair{dns::rr_type::a, list{"300.0.0.1"}},
                                      {dns::rr_type::a, list{"192.0.2", "192.0.2.1"}},
                                      {dns::rr_type::mx, list{"mail.example.com"}},
                                      {dns::rr_type::aaaa, list{"192.0.2.1"}}}) {
        auto const set = read_records(type, 60, words);
        REQUIRE_FALSE(set.has_value());
        CHECK(set.error().message.find(words.front()) != std::string::npos);
    }
    CHECK_FALSE(read_records(dns::rr_type::txt, 60, list{std::string(70000, 'x')}).has_value());
}
