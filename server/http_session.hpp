// One HTTP connection: requests are read and answered one after the other, with bounds for their size and for time.
//
// The endpoint's thread alone.
#pragma once

#include "server/api_pool.hpp"
#include "server/client_table.hpp"
#include "server/event_loop.hpp"
#include "server/http_endpoint.hpp"
#include "server/http_outbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <functional>
#include <set>

namespace homing::server {

/// What the connections share; outlives them.
struct http_surroundings {
    event_loop& io;
    http_endpoint endpoint;
    update::writer& writer;
    std::shared_ptr<http_outbox> outbox;
    api& operations;
    api_pool& pool;
    std::set<class http_session*> sessions = {};
    bool is_stopping = false;
    bool has_handed_over = false; ///< the writer is yet to be told
};

class http_session {
public:
    /// `tls`: what a connection with TLS begins with; null for one without.
    http_session(http_surroundings&, boost::asio::ip::tcp::socket, socket_address const& peer,
                 std::shared_ptr<boost::asio::ssl::context> tls);
    ~http_session();
    http_session(http_session const&) = delete;
    http_session& operator=(http_session const&) = delete;

    boost::asio::awaitable<void> run();
    /// Ends it, unless an answer is due: then after that.
    void stop();

private:
    boost::asio::awaitable<void> take_requests();
    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<void> say_goodbye();
    boost::asio::awaitable<http_request_reader::progress> read(http_request_reader&);
    std::size_t body_limit(http_request_reader const&);
    http_call to_call(http_request_reader const&) const;
    boost::asio::awaitable<http_answer> answer(http_request_reader const&);
    boost::asio::awaitable<http_answer> call_api(api_call, api_caller);
    boost::asio::awaitable<http_answer> log_in(http_login const&);
    boost::asio::awaitable<http_answer> update_hosts(http_login const&, update::host_update);
    boost::asio::awaitable<void> write(http_request_reader const&, http_answer const&, bool keeps_alive);
    bool submit(std::shared_ptr<http_pending> const&, update::request);

    http_surroundings& around_;
    std::shared_ptr<boost::asio::ssl::context> const context_;
    boost::beast::tcp_stream stream_;
    std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_; // over stream_
    socket_address const peer_;
    std::string in_; // what was received and not read yet
    bool is_between_requests_ = true;
};

} // namespace homing::server
