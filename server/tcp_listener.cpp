#include "server/tcp_listener.hpp"

#include "server/log.hpp"
#include "server/unix_time.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>

#include <sys/socket.h>

namespace homing::server {

namespace {

constexpr int accepts_per_turn = 64; // then other connections get theirs
constexpr std::size_t own_connections = 16;
constexpr auto moment = std::chrono::milliseconds{100};

bool is_exhaustion(int error) noexcept
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

} // namespace

tcp_listener::tcp_listener(file_descriptor listening, tcp_surroundings const& around, client_table& clients)
    : around_{around}, clients_{clients}, socket_{around.io}, pause_{around.io}
{
    socket_.assign(listening.get());
    listening.release();
}

void tcp_listener::start()
{
    wait();
}

void tcp_listener::stop()
{
    if (is_stopped_)
        return;
    accept_waiting();
    is_stopped_ = true;
    pause_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void tcp_listener::wait()
{
    if (is_stopped_)
        return;
    socket_.async_wait(watched_descriptor::wait_read, [this](boost::system::error_code) {
        if (is_stopped_)
            return;
        is_exhausted_ = false;
        accept_waiting();
        if (is_exhausted_)
            wait_a_moment();
        else
            wait();
    });
}

/// The connection that could not be accepted is still there: waiting for it to be readable would be no waiting.
void tcp_listener::wait_a_moment()
{
    pause_.expires_after(moment);
    pause_.async_wait([this](boost::system::error_code) { wait(); });
}

void tcp_listener::accept_waiting()
{
    accept_some();
    around_.batch.answer();
}

void tcp_listener::accept_some()
{
    for (int i = 0; i < accepts_per_turn; ++i) {
        socket_address client;
        socklen_t size = socket_address::capacity;
        file_descriptor fd{::accept4(socket_.native_handle(), client.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (fd) {
            admit(std::move(fd), client);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (is_exhaustion(errno) && !make_room()) {
            is_exhausted_ = true;
            return;
        } // else: that connection failed before we had it (accept(2), "Error handling")
    }
}

/// Closes a connection that waits for its client, for one that could not be accepted.
bool tcp_listener::make_room()
{
    std::string const reason = std::strerror(errno);
    if (around_.sessions.evict())
        return true;
    if (complaints_.allow(unix_time()))
        log_warning("cannot accept TCP connections for now: " + reason);
    return false;
}

/// Enters first, so that no other worker takes the place that is made. A worker that came late, when the others' connections were as many as
/// may be, has none to close: it gets a few of its own beyond the total, because whom the kernel gives to it has nowhere else to go.
client_table::verdict tcp_listener::enter_in_place_of_another(socket_address const& client)
{
    auto const verdict = clients_.enter_beyond_total(client);
    if (verdict != client_table::verdict::admitted || around_.sessions.evict() || around_.sessions.size() < own_connections)
        return verdict;
    clients_.leave(client);
    return client_table::verdict::too_many;
}

void tcp_listener::admit(file_descriptor fd, socket_address const& client)
{
    auto verdict = clients_.enter(client);
    if (verdict == client_table::verdict::too_many)
        verdict = enter_in_place_of_another(client);
    if (verdict != client_table::verdict::admitted)
        return around_.count.tcp_turned_away.add();
    try {
        auto session = std::make_shared<tcp_session>(around_, std::move(fd), client);
        around_.count.tcp_accepted.add();
        around_.sessions.add(std::move(session));
    } catch (std::exception const& e) { // out of memory: that connection closes
        clients_.leave(client);
        log_error(e.what());
    }
}

} // namespace homing::server
