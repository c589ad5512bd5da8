#include "server/http_service.hpp"

#include "server/http_session.hpp"
#include "server/log.hpp"
#include "server/public_url.hpp"

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
    struct listener {
        tcp::acceptor acceptor;
        bool is_tls;
    };

    parts(http_options options, update::writer& w, zone::versions& v, std::shared_ptr<tls_contexts> t)
        : outbox{std::make_shared<http_outbox>([this] { net::post(io, [this] { outbox->deliver(); }); })},
          operations{w, v},
          around{io, http_endpoint{w, std::move(options)}, w, outbox, operations, pool},
          clients{limits().connections, limits().connections_per_client},
          proxies{limits().connections, limits().connections},
          tls{std::move(t)}
    {
    }

    http_limits const& limits() const { return around.endpoint.options().limits; }
    dns::result<void> bind();
    dns::result<void> bind(listen_address const&, bool is_tls);
    net::awaitable<void> accept(listener&);
    net::awaitable<void> serve(tcp::socket, socket_address, bool is_tls);
    void admit(tcp::socket, socket_address const&, bool is_tls);
    void stop();
    void stop_when_idle();

    std::shared_ptr<http_outbox> outbox;
    api operations;
    api_pool pool;
    http_surroundings around;
    client_table clients, proxies;
    std::shared_ptr<tls_contexts> tls;
    event_loop io{1}; // after what connections use: those that are left end with it
    net::executor_work_guard<event_loop::executor_type> open_end{io.get_executor()};
    std::vector<std::unique_ptr<listener>> listeners;
    net::steady_timer deadline{io};
    std::thread thread;
};

dns::result<void> http_service::parts::bind()
{
    for (auto const& wanted : around.endpoint.options().listen)
        if (auto bound = bind(wanted, false); !bound)
            return bound;
    for (auto const& wanted : around.endpoint.options().listen_tls)
        if (auto bound = bind(wanted, true); !bound)
            return bound;
    return {};
}

dns::result<void> http_service::parts::bind(listen_address const& wanted, bool is_tls)
{
    char const* const scheme = is_tls ? "https" : "http";
    std::uint16_t port = wanted.addresses.front().port();
    bool is_first = true;
    for (auto address : wanted.addresses) {
        address.port(port);
        tcp::acceptor acceptor{io};
        auto const error = listen_on(acceptor, to_endpoint(address));
        bool const may_miss = wanted.is_any_family && !is_first;
        if (error && may_miss && (error == net::error::address_family_not_supported || error.value() == EADDRNOTAVAIL))
            continue;
        if (error)
            return dns::failure{fmt::format("cannot listen on {} {}: {}", scheme, address.to_string(), error.message())};
        address = from_endpoint(acceptor.local_endpoint());
        port = address.port();
        is_first = false;
        log_info(fmt::format("listening on {} {}", scheme, address.to_string()));
        listeners.push_back(std::make_unique<listener>(listener{std::move(acceptor), is_tls}));
    }
    return {};
}

net::awaitable<void> http_service::parts::accept(listener& at)
{
    while (at.acceptor.is_open()) {
        error_code error;
        tcp::endpoint from;
        auto socket = co_await at.acceptor.async_accept(from, net::redirect_error(net::use_awaitable, error));
        if (!error) {
            admit(std::move(socket), from_endpoint(from), at.is_tls);
        } else if (error == net::error::no_descriptors || error == net::error::no_buffer_space ||
                   error == net::error::no_memory) {
            net::steady_timer pause{io, after_failure};
            co_await pause.async_wait(net::redirect_error(net::use_awaitable, error));
        }
    }
}

void http_service::parts::admit(tcp::socket socket, socket_address const& peer, bool is_tls)
{
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    auto const host = update::address_from_text(peer.host());
    bool const is_proxy = host && contains(around.endpoint.options().proxies, *host);
    client_table& table = is_proxy ? proxies : clients;
    if (clients.connections() + proxies.connections() >= limits().connections ||
        table.enter(peer) != client_table::verdict::admitted)
        return; // and it is closed
    net::co_spawn(io, serve(std::move(socket), peer, is_tls), [this, &table, peer](std::exception_ptr const& failed) {
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

net::awaitable<void> http_service::parts::serve(tcp::socket socket, socket_address peer, bool is_tls)
{
    http_session session{around, std::move(socket), peer, is_tls ? tls->current() : nullptr};
    co_await session.run();
}

void http_service::parts::stop()
{
    around.is_stopping = true;
    for (auto const& l : listeners) {
        error_code ignored;
        l->acceptor.close(ignored);
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

dns::result<std::unique_ptr<http_service>> http_service::open(http_options options, update::writer& writer, zone::versions& versions,
                                                              std::shared_ptr<tls_contexts> tls)
{
    auto p = std::make_unique<parts>(std::move(options), writer, versions, std::move(tls));
    if (auto bound = p->bind(); !bound)
        return bound.error();
    writer.uses().add_source([notes = p->around.endpoint.uses()](std::vector<update::noted_use>& out) { notes->take(out); });
    writer.after_telling([outbox = p->outbox] { outbox->batch_ended(); });
    return std::unique_ptr<http_service>{new http_service{std::move(p)}};
}

std::string http_service::url() const
{
    std::vector<http_listener_address> addresses;
    for (auto const& l : parts_->listeners)
        addresses.push_back({from_endpoint(l->acceptor.local_endpoint()), l->is_tls});
    return public_url(parts_->around.endpoint.options(), addresses);
}

dns::result<void> http_service::start(server& whole)
{
    parts_->operations.attach(whole);
    for (auto const& listener : parts_->listeners)
        net::co_spawn(parts_->io, parts_->accept(*listener), [](std::exception_ptr const&) {});
    parts_->thread = std::thread{[this] { run_to_the_end(parts_->io); }};
    return {};
}

void http_service::stop()
{
    parts_->operations.give_up();
    net::post(parts_->io, [this] { parts_->stop(); });
    parts_->thread.join();
    parts_->pool.join();
}

} // namespace homing::server
