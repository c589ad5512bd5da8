// Sockets of the follower: datagrams and connections to other servers, each wait with an end, and all of them cut short when it stops.
//
// The follower's thread alone.
#pragma once

#include "dns/result.hpp"
#include "server/event_loop.hpp"
#include "server/socket_address.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <set>
#include <vector>

namespace homing::server {

using message_octets = std::vector<std::uint8_t>;

/// All that is open.
class open_links {
public:
    class link {
    public:
        explicit link(open_links& all) : all_{all} { all_.links_.insert(this); }
        virtual ~link() { all_.links_.erase(this); }
        link(link const&) = delete;
        link& operator=(link const&) = delete;
        virtual void cancel() = 0;
        bool is_stopping() const noexcept { return all_.is_stopping_; }

    private:
        open_links& all_;
    };

    explicit open_links(event_loop& loop) : io{loop} {}
    bool is_stopping() const noexcept { return is_stopping_; }
    /// What waits ends with a failure, and so does whatever begins from now on.
    void stop()
    {
        is_stopping_ = true;
        for (link* const l : links_)
            l->cancel();
    }

    event_loop& io;

private:
    std::set<link*> links_;
    bool is_stopping_ = false;
};

/// Sends a datagram from a port that the kernel chose, and returns the first reply with the ID of the request. The request stays where it is
/// until then.
boost::asio::awaitable<dns::result<message_octets>> ask_by_udp(open_links&, socket_address const& server, message_octets const& request,
                                                               std::chrono::milliseconds patience);

/// A TCP connection for messages with a length before each (RFC 1035 4.2.2). One operation at a time.
class tcp_link final : public open_links::link {
public:
    tcp_link(open_links&, socket_address const& server);

    /// What goes wrong is said with the failure; the link is then of no use any more.
    boost::asio::awaitable<dns::result<void>> connect(std::chrono::milliseconds patience);
    boost::asio::awaitable<dns::result<void>> send(message_octets const& message, std::chrono::milliseconds patience);
    /// The next message, valid until the next call.
    boost::asio::awaitable<dns::result<std::span<std::uint8_t const>>> receive(std::chrono::milliseconds patience);
    void cancel() override;

private:
    boost::asio::awaitable<dns::result<void>> fill(std::size_t octets);

    socket_address server_;
    boost::beast::tcp_stream stream_;
    std::vector<std::uint8_t> in_; // received from `begin_` to `end_`
    std::size_t begin_ = 0, end_ = 0;
};

} // namespace homing::server
