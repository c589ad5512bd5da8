#include "server/tcp_readiness.hpp"

#include "server/log.hpp"
#include "server/tcp_session.hpp"

#include <cerrno>
#include <exception>
#include <system_error>

namespace homing::server {

tcp_readiness::tcp_readiness(event_loop& io, std::function<void()> turn_ended) : epoll_{io}, turn_ended_{std::move(turn_ended)}
{
    file_descriptor fd{::epoll_create1(EPOLL_CLOEXEC)};
    if (!fd)
        throw std::system_error{errno, std::generic_category(), "epoll_create1"};
    epoll_.assign(fd.get());
    fd.release();
}

void tcp_readiness::control(int operation, int socket, tcp_session& session, std::uint32_t events)
{
    epoll_event event{};
    event.events = events | EPOLLET;
    event.data.ptr = &session;
    if (::epoll_ctl(epoll_.native_handle(), operation, socket, &event) != 0)
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
}

void tcp_readiness::watch(int socket, tcp_session& session)
{
    control(EPOLL_CTL_ADD, socket, session, EPOLLIN | EPOLLRDHUP);
}

void tcp_readiness::await_input(int socket, tcp_session& session)
{
    control(EPOLL_CTL_MOD, socket, session, EPOLLIN | EPOLLRDHUP);
}

/// Not for input too: what is there and may not be read yet would be told of again and again.
void tcp_readiness::await_room(int socket, tcp_session& session)
{
    control(EPOLL_CTL_MOD, socket, session, EPOLLOUT);
}

void tcp_readiness::forget(tcp_session const& session) noexcept
{
    for (auto& event : rest_)
        if (event.data.ptr == &session)
            event.data.ptr = nullptr;
}

void tcp_readiness::start()
{
    wait();
}

void tcp_readiness::stop()
{
    is_stopped_ = true;
    boost::system::error_code ignored;
    epoll_.cancel(ignored);
}

void tcp_readiness::wait()
{
    epoll_.async_wait(watched_descriptor::wait_read, [this](boost::system::error_code) {
        if (is_stopped_)
            return;
        try {
            take_turn();
        } catch (std::exception const& e) { // what failed is over
            log_error(e.what());
        }
        if (!is_stopped_)
            wait();
    });
}

void tcp_readiness::take_turn()
{
    int const n = ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    rest_ = std::span{events_}.first(n < 0 ? 0 : static_cast<std::size_t>(n));
    while (!rest_.empty()) {
        auto const event = rest_.front();
        rest_ = rest_.subspan(1);
        if (event.data.ptr != nullptr)
            static_cast<tcp_session*>(event.data.ptr)->on_ready(event.events);
    }
    turn_ended_();
}

} // namespace homing::server
