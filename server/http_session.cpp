#include "server/http_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace homing::server {

namespace {

namespace net = boost::asio;
using boost::system::error_code;

constexpr std::size_t received_at_once = 4096;
constexpr std::chrono::seconds goodbye_time{1};

http_answer make_answer(unsigned status, char const* body)
{
    return {status, body};
}

/// In the form that its path speaks.
http_answer fault_of(http_request_reader const& r)
{
    std::string_view const what = r.fault().body;
    return is_api_path(split_target(r.target()).first) ? to_http(api_problem(r.fault().status, what.substr(0, what.find('\n'))))
                                                       : r.fault();
}

} // namespace

http_session::http_session(http_surroundings& around, net::ip::tcp::socket socket, socket_address const& peer,
                           std::shared_ptr<net::ssl::context> tls)
    : around_{around}, context_{std::move(tls)}, stream_{std::move(socket)}, peer_{peer}
{
    if (context_)
        tls_.emplace(stream_, *context_);
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
    bool is_open = true;
    if (tls_)
        is_open = co_await shake_hands();
    if (is_open)
        co_await take_requests();
    if (is_open && tls_)
        co_await say_goodbye();
    error_code ignored;
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
}

net::awaitable<bool> http_session::shake_hands()
{
    error_code error;
    stream_.expires_after(around_.endpoint.options().limits.request);
    co_await tls_->async_handshake(net::ssl::stream_base::server, net::redirect_error(net::use_awaitable, error));
    co_return !error;
}

/// Says that nothing was cut off (RFC 8446 6.1); a client that does not say so in its turn is not waited for long.
net::awaitable<void> http_session::say_goodbye()
{
    is_between_requests_ = true;
    error_code ignored;
    stream_.expires_after(goodbye_time);
    co_await tls_->async_shutdown(net::redirect_error(net::use_awaitable, ignored));
}

net::awaitable<void> http_session::take_requests()
{
    auto const& limits = around_.endpoint.options().limits;
    for (bool goes_on = true; goes_on && !around_.is_stopping;) {
        http_request_reader request{{limits.header_octets, limits.body_octets},
                                    [this](http_request_reader const& r) { return body_limit(r); }};
        auto const got = co_await read(request);
        if (got != http_request_reader::progress::done && got != http_request_reader::progress::faulty)
            break;
        bool const is_fine = got == http_request_reader::progress::done;
        http_answer a; // g++ 12 ends the life of a co_await's value too early where it stands in a larger expression
        if (is_fine)
            a = co_await answer(request);
        else
            a = fault_of(request);
        goes_on = is_fine && request.keeps_alive() && !around_.is_stopping;
        co_await write(request, a, goes_on);
    }
}

/// Who has a token may say more.
std::size_t http_session::body_limit(http_request_reader const& r)
{
    std::size_t const usual = around_.endpoint.options().limits.body_octets;
    if (!is_api_path(split_target(r.target()).first))
        return usual;
    return std::holds_alternative<api_caller>(around_.endpoint.take_api(to_call(r))) ? max_api_body : usual;
}

http_call http_session::to_call(http_request_reader const& r) const
{
    // Of several forwarding headers the last one is the nearest proxy's.
    return {r.method(), r.target(), r.header("Authorization"), r.body(), r.header(around_.endpoint.options().proxy_header),
            &peer_,     tls_.has_value()};
}

net::awaitable<http_request_reader::progress> http_session::read(http_request_reader& r)
{
    using progress = http_request_reader::progress;
    auto const& limits = around_.endpoint.options().limits;
    is_between_requests_ = true;
    bool is_first_octet = in_.empty();
    stream_.expires_after(is_first_octet ? limits.idle : limits.request);
    for (auto got = r.take(in_);; got = r.take(in_)) {
        if (got != progress::more) {
            is_between_requests_ = false;
            co_return got;
        }
        std::array<char, received_at_once> piece; // NOLINT: filled by the read
        error_code error;
        std::size_t n = 0;
        if (tls_)
            n = co_await tls_->async_read_some(net::buffer(piece), net::redirect_error(net::use_awaitable, error));
        else
            n = co_await stream_.async_read_some(net::buffer(piece), net::redirect_error(net::use_awaitable, error));
        if (error)
            co_return progress::ended;
        if (std::exchange(is_first_octet, false)) // from now on the request has to come to its end
            stream_.expires_after(limits.request);
        in_.append(piece.data(), n);
    }
}

net::awaitable<http_answer> http_session::answer(http_request_reader const& r)
{
    if (around_.is_stopping)
        co_return make_answer(503, "911\n");
    http_call const call = to_call(r);
    auto const [path, query] = split_target(call.target);
    if (is_api_path(path)) {
        auto heard = around_.endpoint.take_api(call);
        if (auto* const a = std::get_if<http_answer>(&heard))
            co_return std::move(*a);
        api_call what{std::string{call.method}, std::string{path}, std::string{query}, std::string{r.header("Content-Type")},
                      std::string{call.body}};
        api_caller who = std::get<api_caller>(std::move(heard));
        http_answer answered = co_await call_api(std::move(what), std::move(who));
        co_return answered;
    }
    auto taken = around_.endpoint.take(call);
    if (auto* const a = std::get_if<http_answer>(&taken))
        co_return std::move(*a);
    http_login const login = std::get<http_login>(std::move(taken));
    http_answer a = co_await log_in(login);
    co_return a;
}

net::awaitable<http_answer> http_session::call_api(api_call call, api_caller caller)
{
    struct waiting {
        std::function<void()> wake;
        api_answer answer;
        bool is_done = false;
    };
    auto const w = std::make_shared<waiting>();
    stream_.expires_never();
    net::steady_timer done{stream_.get_executor(), net::steady_timer::time_point::max()};
    w->wake = [&done] { done.cancel(); };
    auto const job = [w, call = std::move(call), caller = std::move(caller), &around = around_] {
        api_answer a = around.operations.answer(call, caller);
        net::post(around.io, [w, a = std::move(a)]() mutable {
            w->answer = std::move(a);
            w->is_done = true;
            w->wake();
        });
    };
    if (!around_.pool.submit(job)) {
        http_answer busy = to_http(api_problem(503, "too many calls wait; try again later."));
        busy.headers = "Retry-After: 1\r\n";
        co_return busy;
    }
    error_code ignored;
    while (!w->is_done)
        co_await done.async_wait(net::redirect_error(net::use_awaitable, ignored));
    http_answer answered = to_http(std::move(w->answer));
    co_return answered;
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

net::awaitable<void> http_session::write(http_request_reader const& r, http_answer const& a, bool keeps_alive)
{
    std::string text = http_head(a, r.version(), keeps_alive);
    if (r.method() != "HEAD")
        text += a.body;
    stream_.expires_after(around_.endpoint.options().limits.request);
    error_code ignored; // the next read finds out
    if (tls_)
        co_await net::async_write(*tls_, net::buffer(text), net::redirect_error(net::use_awaitable, ignored));
    else
        co_await net::async_write(stream_, net::buffer(text), net::redirect_error(net::use_awaitable, ignored));
}

} // namespace homing::server
