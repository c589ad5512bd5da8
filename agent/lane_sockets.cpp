#include "agent/lane_sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace homing::agent {

namespace {

constexpr std::size_t length_size = 2;
constexpr unsigned most_datagrams = 32; // at a time: others want their turn

struct socket_name {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;

    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

socket_name name_of(endpoint const& e)
{
    socket_name name;
    auto const octets = e.address.octets();
    if (e.address.family() == address_family::ipv4) {
        auto& v4 = reinterpret_cast<sockaddr_in&>(name.storage);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(e.port);
        std::memcpy(&v4.sin_addr, octets.data(), octets.size());
        name.size = sizeof v4;
    } else {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(name.storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(e.port);
        std::memcpy(&v6.sin6_addr, octets.data(), octets.size());
        name.size = sizeof v6;
    }
    return name;
}

endpoint endpoint_of(socket_name const& name)
{
    if (name.storage.ss_family == AF_INET) {
        auto const& v4 = reinterpret_cast<sockaddr_in const&>(name.storage);
        return {ip_address{address_family::ipv4, {reinterpret_cast<std::uint8_t const*>(&v4.sin_addr), 4}}, ntohs(v4.sin_port)};
    }
    auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(name.storage);
    return {ip_address{address_family::ipv6, {v6.sin6_addr.s6_addr, 16}}, ntohs(v6.sin6_port)};
}

descriptor new_socket(address_family f, int type)
{
    return descriptor{::socket(f == address_family::ipv4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
}

/// The datagram may be lost, as others are; anything else is no way to go.
bool is_mere_loss(int error) noexcept
{
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == EINTR || error == EPERM; // EPERM: a packet filter
}

std::string error_text(int error)
{
    return std::strerror(error);
}

} // namespace

void lane_sockets::close() noexcept
{
    number_ = 0;
    for (auto& fd : udp_)
        fd.close();
    tcp_.close();
}

std::optional<instant> lane_sockets::drive(session::running& r, moment at)
{
    if (r.number != number_) {
        close();
        number_ = r.number;
    }
    for (;;) {
        auto const action = r.what.next(at.now);
        switch (action.what) {
        case exchange::action::kind::send: send(r.what, action.server); break;
        case exchange::action::kind::stream: open_stream(r.what, action.server); break;
        case exchange::action::kind::wait: return action.until;
        case exchange::action::kind::done: return {};
        }
    }
}

void lane_sockets::send(exchange& x, endpoint const& server)
{
    auto& fd = udp_[index_of(server.address.family())];
    if (!fd)
        fd = new_socket(server.address.family(), SOCK_DGRAM);
    auto name = name_of(server);
    auto const& message = x.message();
    if (!fd || (::sendto(fd.get(), message.data(), message.size(), 0, name.get(), name.size) < 0 && !is_mere_loss(errno)))
        x.not_sent(server.to_string() + ": " + error_text(errno));
}

void lane_sockets::open_stream(exchange& x, endpoint const& server)
{
    tcp_.close();
    tcp_ = new_socket(server.address.family(), SOCK_STREAM);
    peer_ = server;
    is_written_ = false;
    received_.clear();
    auto name = name_of(server);
    if (!tcp_ || (::connect(tcp_.get(), name.get(), name.size) != 0 && errno != EINPROGRESS)) {
        x.stream_failed(server.to_string() + ", over TCP: " + error_text(errno));
        tcp_.close();
    }
}

void lane_sockets::add_to(std::vector<pollfd>& all) const
{
    for (auto const& fd : udp_)
        if (fd)
            all.push_back({fd.get(), POLLIN, 0});
    if (tcp_)
        all.push_back({tcp_.get(), static_cast<short>(is_written_ ? POLLIN : POLLIN | POLLOUT), 0});
}

void lane_sockets::take(std::span<pollfd const> ready, session::running& r, session& s, moment at)
{
    for (auto const& p : ready) {
        if (p.revents == 0)
            continue;
        if (p.fd == tcp_.get())
            take_stream(p.revents, r.what, s, at);
        else
            take_datagrams(p.fd, r.what, s, at);
    }
}

void lane_sockets::take_datagrams(int fd, exchange& x, session& s, moment at)
{
    std::vector<std::uint8_t> buffer(dns::max_message_size);
    for (unsigned i = 0; i < most_datagrams; ++i) {
        socket_name from;
        auto const size = ::recvfrom(fd, buffer.data(), buffer.size(), 0, from.get(), &from.size);
        if (size < 0)
            return; // nothing more, or news of an earlier datagram's fate, which time will tell as well
        auto const sender = endpoint_of(from);
        if (auto const why = x.take({buffer.data(), static_cast<std::size_t>(size)}, sender, false, at))
            s.ignored(sender, *why);
    }
}

bool lane_sockets::write_stream(std::span<std::uint8_t const> message)
{
    std::vector<std::uint8_t> octets{static_cast<std::uint8_t>(message.size() >> 8), static_cast<std::uint8_t>(message.size())};
    octets.insert(octets.end(), message.begin(), message.end());
    auto const size = ::send(tcp_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (size < 0)
        return errno == EAGAIN;
    is_written_ = true; // a new connection's buffer holds all of it
    return static_cast<std::size_t>(size) == octets.size();
}

bool lane_sockets::read_stream()
{
    std::uint8_t buffer[4096];
    auto const size = ::recv(tcp_.get(), buffer, sizeof buffer, 0);
    if (size == 0)
        errno = ECONNRESET;
    if (size <= 0)
        return size < 0 && errno == EAGAIN;
    received_.insert(received_.end(), buffer, buffer + size);
    return true;
}

void lane_sockets::take_stream(short events, exchange& x, session& s, moment at)
{
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(tcp_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    bool is_well = error == 0;
    if (is_well && !is_written_ && (events & POLLOUT) != 0)
        is_well = write_stream(x.message());
    else if (is_well && (events & (POLLIN | POLLHUP)) != 0)
        is_well = read_stream();
    std::size_t const length = received_.size() >= length_size ? static_cast<std::size_t>(received_[0] << 8 | received_[1]) : 0;
    if (is_well && (received_.size() < length_size || received_.size() < length_size + length))
        return;
    if (is_well) {
        auto const why = x.take({received_.data() + length_size, length}, peer_, true, at);
        if (!why)
            return tcp_.close();
        s.ignored(peer_, *why);
        errno = EBADMSG;
    }
    x.stream_failed(peer_.to_string() + ", over TCP: " + error_text(errno));
    tcp_.close();
}

} // namespace homing::agent
