// One HTTP connection: requests are read and answered one after the other, with bounds for their size and for time.
//
// The endpoint's thread alone.
#pragma once

#include "server/client_table.hpp"
#include "server/event_loop.hpp"
#include "server/http_endpoint.hpp"
#include "server/http_outbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
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
    std::set<class http_session*> sessions = {};
    bool is_stopping = false;
    bool has_handed_over = false; ///< the writer is yet to be told
};

class http_session {
public:
    http_session(http_surroundings&, boost::asio::ip::tcp::socket, socket_address const& peer);
    ~http_session();
    http_session(http_session const&) = delete;
    http_session& operator=(http_session const&) = delete;

    boost::asio::awaitable<void> run();
    /// Ends it, unless an answer is due: then after that.
    void stop();

private:
    struct request;

    boost::asio::awaitable<bool> read(request&);
    boost::asio::awaitable<http_answer> answer(request const&);
    boost::asio::awaitable<http_answer> log_in(http_login const&);
    boost::asio::awaitable<http_answer> update_hosts(http_login const&, update::host_update);
    boost::asio::awaitable<void> write(request const&, http_answer const&, bool keeps_alive);
    bool submit(std::shared_ptr<http_pending> const&, update::request);

    http_surroundings& around_;
    boost::beast::tcp_stream stream_;
    socket_address const peer_;
    std::string in_; // what was received and not read yet
    bool is_between_requests_ = true;
};

} // namespace homing::server
