#include "server/http_service.hpp"

#include "server/http_session.hpp"
#include "server/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <cstring>
#include <future>
#include <thread>

namespace homing::server {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using tcp = net::ip::tcp;

constexpr std::chrono::seconds last_patience{2};        // for answers that are due when the server ends
constexpr std::chrono::milliseconds after_failure{100}; // no more descriptors

tcp::endpoint to_endpoint(socket_address const& a)
{
    tcp::endpoint e;
    std::memcpy(e.data(), a.data(), a.size());
    e.resize(a.size());
    return e;
}

socket_address from_endpoint(tcp::endpoint const& e)
{
    socket_address a;
    std::memcpy(a.data(), e.data(), e.size());
    return a;
}

error_code listen_on(tcp::acceptor& acceptor, tcp::endpoint const& where)
{
    error_code error;
    acceptor.open(where.protocol(), error);
    if (!error)
        acceptor.set_option(net::socket_base::reuse_address{true}, error);
    if (!error && where.protocol() == tcp::v6())
        acceptor.set_option(net::ip::v6_only{true}, error);
    if (!error)
        acceptor.bind(where, error);
    if (!error)
        acceptor.listen(net::socket_base::max_listen_connections, error);
    return error;
}

} // namespace

struct http_service::parts {
    parts(http_options options, update::writer& w)
        : outbox{std::make_shared<http_outbox>([this] { net::post(io, [this] { outbox->deliver(); }); })},
          around{io, http_endpoint{w, std::move(options)}, w, outbox},
          clients{limits().connections, limits().connections_per_client},
          proxies{limits().connections, limits().connections}
    {
    }

    http_limits const& limits() const { return around.endpoint.options().limits; }
    dns::result<void> bind();
    dns::result<void> bind(listen_address const&);
    net::awaitable<void> accept(tcp::acceptor&);
    net::awaitable<void> serve(tcp::socket, client_table&, socket_address);
    void admit(tcp::socket, socket_address const&);
    void stop();
    void stop_when_idle();

    std::shared_ptr<http_outbox> outbox;
    http_surroundings around;
    client_table clients, proxies;
    event_loop io{1}; // after what connections use: those that are left end with it
    net::executor_work_guard<event_loop::executor_type> open_end{io.get_executor()};
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
    net::steady_timer deadline{io};
    std::thread thread;
};

dns::result<void> http_service::parts::bind()
{
    for (auto const& wanted : around.endpoint.options().listen)
        if (auto bound = bind(wanted); !bound)
            return bound;
    return {};
}

dns::result<void> http_service::parts::bind(listen_address const& wanted)
{
    std::uint16_t port = wanted.addresses.front().port();
    bool is_first = true;
    for (auto address : wanted.addresses) {
        address.port(port);
        auto acceptor = std::make_unique<tcp::acceptor>(io);
        auto const error = listen_on(*acceptor, to_endpoint(address));
        bool const may_miss = wanted.is_any_family && !is_first;
        if (error && may_miss && (error == net::error::address_family_not_supported || error.value() == EADDRNOTAVAIL))
            continue;
        if (error)
            return dns::failure{fmt::format("cannot listen on http {}: {}", address.to_string(), error.message())};
        address = from_endpoint(acceptor->local_endpoint());
        port = address.port();
        is_first = false;
        log_info("listening on http " + address.to_string());
        acceptors.push_back(std::move(acceptor));
    }
    return {};
}

net::awaitable<void> http_service::parts::accept(tcp::acceptor& acceptor)
{
    while (acceptor.is_open()) {
        error_code error;
        tcp::endpoint from;
        auto socket = co_await acceptor.async_accept(from, net::redirect_error(net::use_awaitable, error));
        if (!error) {
            admit(std::move(socket), from_endpoint(from));
        } else if (error == net::error::no_descriptors || error == net::error::no_buffer_space ||
                   error == net::error::no_memory) {
            net::steady_timer pause{io, after_failure};
            co_await pause.async_wait(net::redirect_error(net::use_awaitable, error));
        }
    }
}

void http_service::parts::admit(tcp::socket socket, socket_address const& peer)
{
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    auto const host = update::address_from_text(peer.host());
    bool const is_proxy = host && contains(around.endpoint.options().proxies, *host);
    client_table& table = is_proxy ? proxies : clients;
    if (clients.connections() + proxies.connections() >= limits().connections ||
        table.enter(peer) != client_table::verdict::admitted)
        return; // and it is closed
    net::co_spawn(io, serve(std::move(socket), table, peer), [this, &table, peer](std::exception_ptr const& failed) {
        table.leave(peer);
        try {
            if (failed)
                std::rethrow_exception(failed);
        } catch (std::exception const& e) {
            log_error(e.what());
        }
        stop_when_idle();
    });
}

net::awaitable<void> http_service::parts::serve(tcp::socket socket, client_table&, socket_address peer)
{
    http_session session{around, std::move(socket), peer};
    co_await session.run();
}

void http_service::parts::stop()
{
    around.is_stopping = true;
    for (auto const& acceptor : acceptors) {
        error_code ignored;
        acceptor->close(ignored);
    }
    for (auto* const session : std::vector<http_session*>{around.sessions.begin(), around.sessions.end()})
        session->stop();
    deadline.expires_after(last_patience);
    deadline.async_wait([this](error_code const& error) {
        if (!error)
            io.stop();
    });
    open_end.reset();
    stop_when_idle();
}

void http_service::parts::stop_when_idle()
{
    if (around.is_stopping && around.sessions.empty())
        deadline.cancel();
}

http_service::http_service(std::unique_ptr<parts> p) : parts_{std::move(p)} {}

http_service::~http_service() = default;

dns::result<std::unique_ptr<http_service>> http_service::open(http_options options, update::writer& writer)
{
    auto p = std::make_unique<parts>(std::move(options), writer);
    if (auto bound = p->bind(); !bound)
        return bound.error();
    writer.uses().add_source([notes = p->around.endpoint.uses()](std::vector<update::noted_use>& out) { notes->take(out); });
    writer.after_telling([outbox = p->outbox] { outbox->batch_ended(); });
    return std::unique_ptr<http_service>{new http_service{std::move(p)}};
}

dns::result<void> http_service::start(server&)
{
    for (auto const& acceptor : parts_->acceptors)
        net::co_spawn(parts_->io, parts_->accept(*acceptor), [](std::exception_ptr const&) {});
    parts_->thread = std::thread{[this] { run_to_the_end(parts_->io); }};
    return {};
}

void http_service::stop()
{
    net::post(parts_->io, [this] { parts_->stop(); });
    parts_->thread.join();
}

} // namespace homing::server
