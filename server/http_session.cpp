#include "server/http_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace homing::server {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

using parser_type = http::request_parser<http::string_body>;

constexpr std::size_t received_at_once = 4096;

std::string_view to_view(boost::beast::string_view v)
{
    return {v.data(), v.size()};
}

/// What to answer to a request that cannot be read; nothing: the connection is just closed.
std::optional<http_answer> explain(error_code const& error)
{
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return http_answer{431, "the header is too long\n"};
    if (error == http::error::body_limit)
        return http_answer{413, "the body is too long\n"};
    if (error == http::error::end_of_stream)
        return std::nullopt;
    if (error.category() == http::make_error_code(http::error::bad_method).category())
        return http_answer{400, "this is not an HTTP request that can be read\n"};
    return std::nullopt;
}

http_answer make_answer(unsigned status, char const* body)
{
    return {status, body};
}

std::string date_now()
{
    static thread_local std::time_t written = 0; // one thread for each endpoint
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

struct http_session::request {
    parser_type parser;
    std::optional<http_answer> fault;
    bool is_head = false, keeps_alive = false;
    unsigned version = 11;
};

http_session::http_session(http_surroundings& around, net::ip::tcp::socket socket, socket_address const& peer)
    : around_{around}, stream_{std::move(socket)}, peer_{peer}
{
    around_.sessions.insert(this);
}

http_session::~http_session()
{
    around_.sessions.erase(this);
}

void http_session::stop()
{
    if (is_between_requests_)
        stream_.cancel();
}

net::awaitable<void> http_session::run()
{
    for (bool goes_on = true; goes_on && !around_.is_stopping;) {
        request r;
        if (!co_await read(r))
            break;
        http_answer a; // g++ 12 ends the life of a co_await's value too early where it stands in a larger expression
        if (r.fault)
            a = *r.fault;
        else
            a = co_await answer(r);
        goes_on = r.keeps_alive && !r.fault && !around_.is_stopping;
        co_await write(r, a, goes_on);
    }
    error_code ignored;
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
}

/// False if there is none, and nothing to say about it.
net::awaitable<bool> http_session::read(request& r)
{
    auto const& limits = around_.endpoint.options().limits;
    r.parser.header_limit(static_cast<std::uint32_t>(limits.header_octets));
    r.parser.body_limit(limits.body_octets);
    r.parser.eager(true);
    is_between_requests_ = true;
    bool is_first_octet = in_.empty();
    error_code error;
    stream_.expires_after(is_first_octet ? limits.idle : limits.request);
    for (;;) {
        if (!in_.empty()) {
            auto const used = r.parser.put(net::buffer(in_), error);
            in_.erase(0, used);
            if (error && error != http::error::need_more) {
                r.fault = explain(error);
                break;
            }
            if (r.parser.is_done())
                break;
            if (in_.size() > limits.header_octets) { // a line without an end
                r.fault = http_answer{431, "the header is too long\n"};
                break;
            }
        }
        std::array<char, received_at_once> piece; // NOLINT: filled by the read
        error = {};
        std::size_t const n =
            co_await stream_.async_read_some(net::buffer(piece), net::redirect_error(net::use_awaitable, error));
        if (error)
            co_return false;
        if (std::exchange(is_first_octet, false)) // from now on the request has to come to its end
            stream_.expires_after(limits.request);
        in_.append(piece.data(), n);
    }
    is_between_requests_ = false;
    if (r.fault || !r.parser.is_done()) {
        co_return r.fault.has_value();
    }
    auto const& m = r.parser.get();
    r.version = m.version();
    r.keeps_alive = m.keep_alive();
    r.is_head = m.method() == http::verb::head;
    if (r.version != 10 && r.version != 11)
        r.fault = http_answer{505, "only HTTP/1.0 and HTTP/1.1\n"};
    co_return true;
}

net::awaitable<http_answer> http_session::answer(request const& r)
{
    if (around_.is_stopping)
        co_return make_answer(503, "911\n");
    auto const& m = r.parser.get();
    std::string_view forwarded;
    for (auto [at, end] = m.equal_range(around_.endpoint.options().proxy_header); at != end; ++at)
        forwarded = to_view(at->value()); // the last one is the nearest proxy's
    http_call const call{
        to_view(m.method_string()), to_view(m.target()), to_view(m[http::field::authorization]), m.body(), forwarded, &peer_};
    auto taken = around_.endpoint.take(call);
    if (auto* const a = std::get_if<http_answer>(&taken))
        co_return std::move(*a);
    http_login const login = std::get<http_login>(std::move(taken));
    http_answer a = co_await log_in(login);
    co_return a;
}

net::awaitable<http_answer> http_session::log_in(http_login const& login)
{
    auto const wait = around_.endpoint.delay(login);
    if (!wait)
        co_return make_answer(403, "abuse\n");
    if (*wait > wait->zero()) {
        stream_.expires_never();
        net::steady_timer timer{stream_.get_executor(), *wait};
        error_code ignored;
        co_await timer.async_wait(net::redirect_error(net::use_awaitable, ignored));
    }
    auto checked = around_.endpoint.check(login);
    if (auto* const a = std::get_if<http_answer>(&checked))
        co_return std::move(*a);
    update::host_update wanted = std::get<update::host_update>(std::move(checked));
    http_answer answered = co_await update_hosts(login, std::move(wanted));
    co_return answered;
}

net::awaitable<http_answer> http_session::update_hosts(http_login const& login, update::host_update u)
{
    auto const pending = std::make_shared<http_pending>();
    storage::change_origin origin{u.key_name.to_string(), login.client_text, "http"};
    stream_.expires_never();
    net::steady_timer done{stream_.get_executor(), net::steady_timer::time_point::max()};
    pending->wake = [&done] { done.cancel(); };
    if (!submit(pending, {std::move(u), std::move(origin)}))
        co_return make_answer(503, "911\n");
    error_code ignored;
    while (!pending->is_done)
        co_await done.async_wait(net::redirect_error(net::use_awaitable, ignored));
    http_answer finished = around_.endpoint.finish(login, std::get<update::host_update>(pending->request.what), pending->outcome);
    co_return finished;
}

/// The writer hears of it when all that is ready has been read.
bool http_session::submit(std::shared_ptr<http_pending> const& pending, update::request what)
{
    auto const taken = around_.writer.enqueue(
        std::move(what), [outbox = around_.outbox, pending](update::outcome&& o, update::request&& spent) mutable {
            outbox->push({std::move(pending), std::move(o), std::move(spent)});
        });
    if (taken && !std::exchange(around_.has_handed_over, true))
        net::post(around_.io, [&around = around_] {
            around.has_handed_over = false;
            around.writer.wake();
        });
    return taken;
}

net::awaitable<void> http_session::write(request const& r, http_answer const& a, bool keeps_alive)
{
    auto const reason = http::obsolete_reason(http::int_to_status(a.status));
    std::string text = fmt::format("HTTP/1.{} {} {}\r\nServer: homing\r\nDate: {}\r\nContent-Type: text/plain\r\n"
                                   "Content-Length: {}\r\nCache-Control: no-store\r\nConnection: {}\r\n",
                                   r.version == 10 ? 0 : 1, a.status, to_view(reason), date_now(), a.body.size(),
                                   keeps_alive ? "keep-alive" : "close");
    if (a.status == 401)
        text += "WWW-Authenticate: Basic realm=\"homing\"\r\n";
    if (a.status == 405)
        text += "Allow: GET, POST\r\n";
    text += "\r\n";
    if (!r.is_head)
        text += a.body;
    stream_.expires_after(around_.endpoint.options().limits.request);
    error_code ignored; // the next read finds out
    co_await net::async_write(stream_, net::buffer(text), net::redirect_error(net::use_awaitable, ignored));
}

} // namespace homing::server
