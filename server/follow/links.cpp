#include "server/follow/links.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>

#include <array>
#include <cstring>

namespace homing::server {

namespace {

namespace net = boost::asio;
using boost::system::error_code;
using dns::failure;

constexpr std::size_t length_size = 2, read_at_once = std::size_t{64} << 10;

template <class Endpoint>
Endpoint to_endpoint(socket_address const& a)
{
    Endpoint e;
    std::memcpy(e.data(), a.data(), a.size());
    e.resize(a.size());
    return e;
}

failure explain(socket_address const& server, error_code const& error, bool is_stopping)
{
    if (is_stopping)
        return {"the server stops"};
    if (error == boost::beast::error::timeout)
        return {server.to_string() + " does not answer in time"};
    if (error == net::error::eof)
        return {server.to_string() + " closes the connection"};
    return {server.to_string() + ": " + error.message()};
}

/// A socket that a timer of its own cuts off. Both go together, and what the timer still has to say then finds nothing.
class datagram_socket final : public open_links::link {
public:
    explicit datagram_socket(open_links& all) : link{all}, socket{all.io}, timer_{all.io} {}

    void cancel() override
    {
        error_code ignored;
        socket.cancel(ignored);
    }
    void cut_off_after(std::chrono::milliseconds patience)
    {
        timer_.expires_after(patience);
        timer_.async_wait([this, alive = std::weak_ptr<int>{alive_}](error_code const& error) {
            if (error || alive.expired())
                return;
            is_over = true;
            cancel();
        });
    }

    net::ip::udp::socket socket;
    bool is_over = false;

private:
    net::steady_timer timer_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

} // namespace

net::awaitable<dns::result<message_octets>> ask_by_udp(open_links& all, socket_address const& server, message_octets const& request,
                                                       std::chrono::milliseconds patience)
{
    datagram_socket link{all};
    auto const endpoint = to_endpoint<net::ip::udp::endpoint>(server);
    error_code error;
    link.socket.open(endpoint.protocol(), error);
    if (!error)
        link.socket.connect(endpoint, error); // so that others' datagrams do not reach it, and it hears of a closed port
    if (!error)
        link.socket.send(net::buffer(request), 0, error);
    message_octets reply(4096);
    link.cut_off_after(patience);
    while (!error && !link.is_over && !all.is_stopping()) {
        std::size_t const n = co_await link.socket.async_receive(net::buffer(reply), net::redirect_error(net::use_awaitable, error));
        if (!error && n >= 12 && reply[0] == request[0] && reply[1] == request[1] && (reply[2] & 0x80U) != 0) {
            reply.resize(n);
            co_return std::move(reply);
        }
    }
    if (link.is_over)
        error = boost::beast::error::timeout;
    co_return explain(server, error, all.is_stopping());
}

tcp_link::tcp_link(open_links& all, socket_address const& server) : link{all}, server_{server}, stream_{all.io} {}

void tcp_link::cancel()
{
    stream_.cancel();
}

net::awaitable<dns::result<void>> tcp_link::connect(std::chrono::milliseconds patience)
{
    if (is_stopping())
        co_return explain(server_, {}, true);
    error_code error;
    auto const endpoint = to_endpoint<net::ip::tcp::endpoint>(server_);
    stream_.expires_after(patience);
    co_await stream_.async_connect(endpoint, net::redirect_error(net::use_awaitable, error));
    if (error || is_stopping())
        co_return explain(server_, error, is_stopping());
    error_code ignored;
    stream_.socket().set_option(net::ip::tcp::no_delay{true}, ignored);
    co_return dns::result<void>{};
}

net::awaitable<dns::result<void>> tcp_link::send(message_octets const& message, std::chrono::milliseconds patience)
{
    std::array<std::uint8_t, length_size> const size{static_cast<std::uint8_t>(message.size() >> 8U),
                                                     static_cast<std::uint8_t>(message.size())};
    std::array<net::const_buffer, 2> const both{net::buffer(size), net::buffer(message)};
    error_code error;
    stream_.expires_after(patience);
    co_await net::async_write(stream_, both, net::redirect_error(net::use_awaitable, error));
    if (error || is_stopping())
        co_return explain(server_, error, is_stopping());
    co_return dns::result<void>{};
}

/// Until so many octets wait to be taken.
net::awaitable<dns::result<void>> tcp_link::fill(std::size_t octets)
{
    while (end_ - begin_ < octets) {
        if (is_stopping())
            co_return explain(server_, {}, true);
        if (begin_ != 0 && begin_ + octets > in_.size()) {
            std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        in_.resize(std::max(in_.size(), std::max(begin_ + octets, read_at_once)));
        error_code error;
        auto const room = net::buffer(in_.data() + end_, in_.size() - end_);
        std::size_t const n = co_await stream_.async_read_some(room, net::redirect_error(net::use_awaitable, error));
        if (error || is_stopping())
            co_return explain(server_, error, is_stopping());
        end_ += n;
    }
    co_return dns::result<void>{};
}

net::awaitable<dns::result<std::span<std::uint8_t const>>> tcp_link::receive(std::chrono::milliseconds patience)
{
    stream_.expires_after(patience);
    if (begin_ == end_)
        begin_ = end_ = 0;
    auto const head = co_await fill(length_size);
    if (!head)
        co_return head.error();
    std::size_t const size = in_[begin_] * 256U + in_[begin_ + 1];
    auto const body = co_await fill(length_size + size);
    if (!body)
        co_return body.error();
    std::span<std::uint8_t const> const message{in_.data() + begin_ + length_size, size};
    begin_ += length_size + size;
    co_return message;
}

} // namespace homing::server
