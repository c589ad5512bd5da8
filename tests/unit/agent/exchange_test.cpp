#include "agent/exchange.hpp"
#include "tests/unit/agent/wire_server.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing;
using namespace homing::agent;
using namespace std::chrono_literals;
using kind = exchange::action::kind;

namespace {

constexpr std::uint64_t unix_time = 1'700'000'000;
auto const key = tests::agent_key();
endpoint const first{*ip_address::from_text("192.0.2.1"), 53}, second{*ip_address::from_text("192.0.2.2"), 53};

request an_update()
{
    return make_update(1, *dns::name::from_text("example.com"), *dns::name::from_text("home.example.com"), 60,
                       std::vector<replacement>{{address_family::ipv4, ip_address::from_text("203.0.113.1")}}, *key, unix_time);
}

exchange an_exchange(std::vector<endpoint> servers = {first})
{
    return exchange{an_update(), key, std::move(servers), [n = 0U]() mutable { return n += 77; }};
}

moment at(instant t)
{
    return {t, unix_time};
}

} // namespace

TEST_CASE("without a reply the same octets are sent again, later each time, then over TCP, and at last it ends")
{
    auto x = an_exchange();
    instant now = 100s;
    std::vector<instant> waits;
    unsigned sent = 0;
    auto a = x.next(now);
    for (; a.what != kind::stream; a = x.next(now)) {
        if (a.what == kind::send) {
            ++sent;
            CHECK(a.server == first);
        } else {
            REQUIRE(a.what == kind::wait);
            waits.push_back(a.until - now);
            now = a.until;
        }
    }
    CHECK(sent == exchange::attempts_by_udp);
    CHECK(waits.front() >= 375ms);
    CHECK(waits.front() <= 625ms);
    CHECK(waits.back() >= 3s);
    CHECK(waits.back() <= 5s);
    auto const in_stream = x.next(now);
    REQUIRE(in_stream.what == kind::wait);
    CHECK(x.next(in_stream.until).what == kind::done);
    REQUIRE(x.result());
    CHECK(x.result()->what == outcome::kind::unanswered);
}

TEST_CASE("servers are asked in turn")
{
    auto x = an_exchange({first, second});
    instant now = 1s;
    std::vector<endpoint> asked;
    for (auto a = x.next(now); a.what != kind::stream; a = x.next(now))
        if (a.what == kind::send)
            asked.push_back(a.server);
        else
            now = a.until;
    CHECK(asked[0] == first);
    CHECK(asked[1] == second);
    CHECK(asked[2] == first);
}

TEST_CASE("a good reply ends it; others, and those of strangers, are passed over")
{
    auto x = an_exchange();
    x.next(1s);
    auto const good = tests::reply_to(x.message(), dns::rcode::noerror, {}, key.get(), unix_time);
    auto bad = good;
    bad.back() ^= 1;
    auto forged = good;
    forged[forged.size() - 10] ^= 1;
    CHECK(x.take(good, second, false, at(1s)));
    CHECK(x.take(good, {first.address, 54}, false, at(1s)));
    CHECK(x.take(bad, first, false, at(1s)));
    CHECK(x.take(forged, first, false, at(1s)));
    CHECK(x.take({}, first, false, at(1s)));
    CHECK(x.take(tests::reply_to(x.message(), dns::rcode::noerror, {}, nullptr, unix_time), first, false, at(1s)));
    CHECK_FALSE(x.result());
    CHECK_FALSE(x.take(good, first, false, at(1s)));
    REQUIRE(x.result());
    CHECK(x.result()->reply.is_authentic);
    CHECK(x.result()->server == first);
    CHECK(x.next(1s).what == kind::done);
}

TEST_CASE("an error without a signature is asked about over TCP, and believed there")
{
    auto x = an_exchange();
    auto const refusal = tests::reply_to(x.message(), dns::rcode::refused, {}, nullptr, unix_time);
    x.next(1s);
    CHECK_FALSE(x.take(refusal, first, false, at(1s)));
    CHECK_FALSE(x.result());
    CHECK(x.next(1s).what == kind::stream);
    SECTION("the server says so itself")
    {
        CHECK_FALSE(x.take(refusal, first, true, at(1s)));
        REQUIRE(x.result());
        CHECK(x.result()->reply.rcode == dns::rcode::refused);
    }
    SECTION("somebody else had said so")
    {
        x.take(tests::reply_to(x.message(), dns::rcode::noerror, {}, key.get(), unix_time), first, true, at(1s));
        REQUIRE(x.result());
        CHECK(x.result()->reply.rcode == dns::rcode::noerror);
    }
    SECTION("there is no TCP")
    {
        x.stream_failed("no");
        CHECK(x.next(1s).what == kind::done);
        REQUIRE(x.result());
        CHECK(x.result()->reply.rcode == dns::rcode::refused);
    }
}

TEST_CASE("where there is no way to any server it ends at once")
{
    auto x = an_exchange({first, second});
    CHECK(x.next(1s).what == kind::send);
    x.not_sent("no route");
    CHECK_FALSE(x.result());
    CHECK(x.next(1s).what == kind::send);
    x.not_sent("no route");
    REQUIRE(x.result());
    CHECK(x.result()->what == outcome::kind::unreachable);
    CHECK_FALSE(x.was_sent());
}

TEST_CASE("a truncated reply is fetched over TCP")
{
    exchange x{
        make_query(9, *dns::name::from_text("home.example.com"), dns::rr_type::a, false), nullptr, {first}, [] { return 5U; }};
    x.next(1s);
    auto reply = tests::reply_to(x.message(), dns::rcode::noerror, {}, nullptr, unix_time);
    reply[2] |= 2; // TC
    CHECK_FALSE(x.take(reply, first, false, at(1s)));
    CHECK_FALSE(x.result());
    CHECK(x.next(1s).what == kind::stream);
}
