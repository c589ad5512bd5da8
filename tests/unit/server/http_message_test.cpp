#include "server/http_message.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace homing::server;
using progress = http_request_reader::progress;

namespace {

/// The outcome of a request that comes octet by octet; with its status if it is faulty.
std::pair<progress, unsigned> read_slowly(std::string_view text)
{
    http_request_reader r{{256, 64}};
    std::string in;
    auto got = progress::more;
    for (std::size_t i = 0; i < text.size() && got == progress::more; ++i) {
        in += text[i];
        got = r.take(in);
    }
    return {got, got == progress::faulty ? r.fault().status : 0};
}

} // namespace

TEST_CASE("a request is read however it is cut, and what comes behind it stays")
{
    std::string const text = "POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX-One: 1\r\nX-One: 2\r\n\r\nabc";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        http_request_reader r{{256, 64}};
        std::string in = text.substr(0, cut);
        auto got = r.take(in);
        if (got == progress::more) {
            in += text.substr(cut) + "GET";
            got = r.take(in);
            CHECK(in == "GET");
        }
        REQUIRE(got == progress::done);
        CHECK(r.method() == "POST");
        CHECK(r.target() == "/a?b");
        CHECK(r.body() == "abc");
        CHECK(r.header("x-one") == "2");
        CHECK(r.header("none").empty());
        CHECK(r.keeps_alive());
    }
}

TEST_CASE("what is too large or no request is refused")
{
    CHECK(read_slowly("GET / HTTP/1.0\r\n\r\n").first == progress::done);
    CHECK(read_slowly("GET / HTTP/1.1\r\nX: " + std::string(300, 'a') + "\r\n\r\n") == std::pair{progress::faulty, 431U});
    CHECK(read_slowly("GET /" + std::string(600, 'a')) == std::pair{progress::faulty, 431U});
    CHECK(read_slowly("POST / HTTP/1.1\r\nContent-Length: 65\r\n\r\n") == std::pair{progress::faulty, 413U});
    CHECK(read_slowly("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" + std::string(65, 'a') + "\r\n0\r\n\r\n") ==
          std::pair{progress::faulty, 413U});
    CHECK(read_slowly("GET / HTTP/9.9\r\n\r\n").first == progress::faulty);
    CHECK(read_slowly("GET\r\n\r\n") == std::pair{progress::faulty, 400U});
    CHECK(read_slowly("GET / HTTP/1.1\r\nX").first == progress::more);
}

TEST_CASE("a larger body for whom the header says so")
{
    auto const larger = [](http_request_reader const& r) -> std::size_t { return r.header("X").empty() ? 4 : 100; };
    for (bool const is_known : {false, true}) {
        http_request_reader r{{256, 64}, larger};
        std::string in = std::string{"POST / HTTP/1.1\r\nContent-Length: 80\r\n"} + (is_known ? "X: y\r\n" : "") + "\r\n" + std::string(80, 'a');
        CHECK(r.take(in) == (is_known ? progress::done : progress::faulty));
    }
}

TEST_CASE("a target is a path and a query")
{
    using pair = std::pair<std::string_view, std::string_view>;
    CHECK(split_target("/a?b=c?d#e") == pair{"/a", "b=c?d"});
    CHECK(split_target("http://x:80/a") == pair{"/a", ""});
    CHECK(split_target("/a?u=http://b/c") == pair{"/a", "u=http://b/c"});
    CHECK(split_target("*") == pair{"*", ""});
}

TEST_CASE("the head of an answer")
{
    auto const head = http_head({404, "x\n", "text/plain", "A: b\r\n"}, 10, false);
    CHECK(head.starts_with("HTTP/1.0 404 Not Found\r\n"));
    CHECK(head.find("Content-Length: 2\r\n") != head.npos);
    CHECK(head.ends_with("Connection: close\r\nA: b\r\n\r\n"));
    CHECK(http_head({204, ""}, 11, true).find("Content-Length") == std::string::npos);
}
