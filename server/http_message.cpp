#include "server/http_message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <optional>

namespace homing::server {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view to_view(boost::beast::string_view v)
{
    return {v.data(), v.size()};
}

std::string date_now()
{
    static thread_local std::time_t written = 0;
    static thread_local std::array<char, 40> text{};
    std::time_t const now = std::time(nullptr);
    if (now != written) {
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        written = now;
    }
    return text.data();
}

} // namespace

struct http_request_reader::parts {
    limits bounds;
    std::function<std::size_t(http_request_reader const&)> body_limit;
    http::request_parser<http::string_body> parser = {};
    std::optional<http_answer> fault = {};
    bool is_header_taken = false;
};

http_request_reader::http_request_reader(limits l, std::function<std::size_t(http_request_reader const&)> body_limit)
    : parts_{new parts{l, std::move(body_limit)}}
{
    parts_->parser.header_limit(static_cast<std::uint32_t>(l.header_octets));
    parts_->parser.body_limit(boost::none); // until the header says what it is for
}

http_request_reader::~http_request_reader() = default;

http_request_reader::progress http_request_reader::refuse(unsigned status, char const* why)
{
    parts_->fault.emplace(http_answer{status, why});
    return progress::faulty;
}

http_request_reader::progress http_request_reader::take(std::string& in)
{
    auto& parser = parts_->parser;
    while (!in.empty() && !parser.is_done()) {
        error_code error;
        auto const used = parser.put(net::buffer(in), error);
        in.erase(0, used);
        if (error == http::error::header_limit || error == http::error::buffer_overflow)
            return refuse(431, "the header is too long\n");
        if (error == http::error::body_limit)
            return refuse(413, "the body is too long\n");
        if (error == http::error::end_of_stream)
            return progress::ended;
        if (error && error != http::error::need_more)
            return refuse(400, "this is not an HTTP request that can be read\n");
        if (parser.is_header_done() && !std::exchange(parts_->is_header_taken, true)) {
            auto const limit = parts_->body_limit ? parts_->body_limit(*this) : parts_->bounds.body_octets;
            if (parser.content_length().value_or(0) > limit)
                return refuse(413, "the body is too long\n");
            parser.body_limit(limit);
            parser.eager(true);
            continue;
        }
        if (error == http::error::need_more || used == 0)
            break;
    }
    if (!parser.is_done())
        // A line without an end.
        return in.size() > parts_->bounds.header_octets ? refuse(431, "the header is too long\n") : progress::more;
    auto const v = version();
    return v == 10 || v == 11 ? progress::done : refuse(505, "only HTTP/1.0 and HTTP/1.1\n");
}

bool http_request_reader::has_begun() const noexcept
{
    return parts_->parser.got_some();
}

http_answer const& http_request_reader::fault() const noexcept
{
    return *parts_->fault;
}

std::string_view http_request_reader::method() const noexcept
{
    return to_view(parts_->parser.get().method_string());
}

std::string_view http_request_reader::target() const noexcept
{
    return to_view(parts_->parser.get().target());
}

std::string_view http_request_reader::header(std::string_view name) const
{
    std::string_view value;
    auto const& m = parts_->parser.get();
    for (auto [at, end] = m.equal_range(boost::beast::string_view{name.data(), name.size()}); at != end; ++at)
        value = to_view(at->value());
    return value;
}

std::string_view http_request_reader::body() const noexcept
{
    return parts_->parser.get().body();
}

unsigned http_request_reader::version() const noexcept
{
    return parts_->parser.is_header_done() ? parts_->parser.get().version() : 11;
}

bool http_request_reader::keeps_alive() const noexcept
{
    return parts_->parser.is_header_done() && parts_->parser.keep_alive();
}

std::string http_head(http_answer const& a, unsigned version, bool keeps_alive)
{
    auto const reason = http::obsolete_reason(http::int_to_status(a.status));
    std::string text = fmt::format("HTTP/1.{} {} {}\r\nServer: homing\r\nDate: {}\r\n", version == 10 ? 0 : 1, a.status,
                                   to_view(reason), date_now());
    if (a.status != 204) // RFC 9110 8.6
        text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", a.content_type, a.body.size());
    text += fmt::format("Cache-Control: no-store\r\nConnection: {}\r\n{}\r\n", keeps_alive ? "keep-alive" : "close", a.headers);
    return text;
}

std::pair<std::string_view, std::string_view> split_target(std::string_view target)
{
    if (auto const scheme = target.find("://"); scheme != target.npos && scheme < target.find('/') + 1)
        target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
    target = target.substr(0, target.find('#'));
    auto const query = std::min(target.find('?'), target.size());
    return {target.substr(0, query), target.substr(std::min(query + 1, target.size()))};
}

} // namespace homing::server
