#include "server/bound_sockets.hpp"

#include "server/log.hpp"

#include <fmt/format.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace homing::server {

namespace {

constexpr int receive_buffer = 4 << 20; // holds what arrives while a worker is kept from its core
constexpr int send_buffer = 1 << 20;
constexpr int backlog = 4096; // the kernel lowers it to net.core.somaxconn
constexpr int port_attempts = 100;

enum class transport { udp, tcp };

char const* to_string(transport t)
{
    return t == transport::udp ? "udp" : "tcp";
}

/// What went wrong with one socket: errno, and for whom.
struct socket_error {
    int code;
    transport over;
    socket_address address;
};

template <class T>
using attempt = boost::system::result<T, socket_error>;

bool set_option(file_descriptor const& fd, int level, int option, int value = 1)
{
    return ::setsockopt(fd.get(), level, option, &value, sizeof value) == 0;
}

file_descriptor open_socket(socket_address const& address, transport over)
{
    int const kind = over == transport::udp ? SOCK_DGRAM : SOCK_STREAM;
    file_descriptor fd{::socket(address.data()->sa_family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (fd && address.is_v6())
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (fd && over == transport::tcp) // connections of our predecessor may linger
        set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    return fd;
}

bool bind_to(file_descriptor const& fd, socket_address const& address)
{
    return fd && ::bind(fd.get(), address.data(), address.size()) == 0;
}

std::uint16_t local_port(file_descriptor const& fd)
{
    socket_address address;
    socklen_t size = socket_address::capacity;
    return ::getsockname(fd.get(), address.data(), &size) == 0 ? address.port() : std::uint16_t{0};
}

/// An address held exclusively, until the workers' sockets are bound to it. Without it two processes of one user would
/// quietly share a port, and for port 0 the kernel itself hands out ports that another process shares among its own workers.
struct reservation {
    socket_address address;
    file_descriptor udp, tcp;

    void share() const
    {
        set_option(udp, SOL_SOCKET, SO_REUSEPORT);
        set_option(tcp, SOL_SOCKET, SO_REUSEPORT);
    }
};

attempt<reservation> reserve(socket_address address)
{
    reservation held;
    held.udp = open_socket(address, transport::udp);
    if (!bind_to(held.udp, address))
        return socket_error{errno, transport::udp, address};
    if (address.port() == 0)
        address.port(local_port(held.udp));
    held.tcp = open_socket(address, transport::tcp);
    if (!bind_to(held.tcp, address))
        return socket_error{errno, transport::tcp, address};
    held.address = address;
    return held;
}

bool is_family_missing(int code)
{
    return code == EAFNOSUPPORT || code == EADDRNOTAVAIL;
}

/// All addresses of one --listen, on one port.
attempt<std::vector<reservation>> reserve_once(listen_address const& wanted)
{
    std::vector<reservation> all;
    for (auto address : wanted.addresses) {
        if (!all.empty())
            address.port(all.front().address.port());
        auto held = reserve(address);
        if (held)
            all.push_back(std::move(*held));
        else if (!wanted.is_any_family || all.empty() || !is_family_missing(held.error().code))
            return held.error();
    }
    return all;
}

attempt<std::vector<reservation>> reserve_all(listen_address const& wanted)
{
    bool const any_port = wanted.addresses.front().port() == 0;
    for (int i = 1;; ++i) {
        auto held = reserve_once(wanted);
        // A port that is free for UDP may be taken for TCP or in the other family: ask for another one.
        if (held || !any_port || held.error().code != EADDRINUSE || i == port_attempts)
            return held;
    }
}

void set_udp_options(file_descriptor const& fd, socket_address const& address)
{
    if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer))
        set_option(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    if (!set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, send_buffer))
        set_option(fd, SOL_SOCKET, SO_SNDBUF, send_buffer);
    // No path MTU that somebody forged makes us fragment; replies fit the smallest anyway.
    if (address.is_v6())
        set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
    else
        set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    if (!address.is_wildcard())
        return;
    if (address.is_v6()) // which address was asked, so that the reply leaves from it
        set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    else
        set_option(fd, IPPROTO_IP, IP_PKTINFO);
}

attempt<file_descriptor> open_shared(socket_address const& address, transport over)
{
    auto fd = open_socket(address, over);
    if (fd && over == transport::udp)
        set_udp_options(fd, address);
    if (!fd || !set_option(fd, SOL_SOCKET, SO_REUSEPORT) || !bind_to(fd, address))
        return socket_error{errno, over, address};
    if (over == transport::tcp) {
        set_option(fd, IPPROTO_TCP, TCP_NODELAY); // what is accepted inherits it
        if (::listen(fd.get(), backlog) != 0)
            return socket_error{errno, over, address};
    }
    return fd;
}

attempt<std::vector<bound_sockets>> open_for_worker(std::span<reservation const> reservations)
{
    std::vector<bound_sockets> all;
    for (auto const& held : reservations) {
        auto udp = open_shared(held.address, transport::udp);
        if (!udp)
            return udp.error();
        auto tcp = open_shared(held.address, transport::tcp);
        if (!tcp)
            return tcp.error();
        all.push_back({held.address, std::move(*udp), std::move(*tcp)});
    }
    return all;
}

/// systemd-resolved sits on 127.0.0.53, where nobody else does.
bool is_resolved_running()
{
    auto const stub = *socket_address::from_text("127.0.0.53", 53);
    auto const fd = open_socket(stub, transport::udp);
    return fd && !bind_to(fd, stub) && errno == EADDRINUSE;
}

std::string what_to_do_about_use(socket_address const& address)
{
    if (address.port() != 53)
        return "another program uses this address (`ss -lunpt sport = :" + std::to_string(address.port()) +
               "` shows which). Stop it, or choose another port with --listen";
    if (is_resolved_running())
        return "systemd-resolved uses port 53. Either listen on the address that the world asks, --listen ADDRESS:53, or switch "
               "resolved's "
               "own listener off (DNSStubListener=no in /etc/systemd/resolved.conf, then systemctl restart systemd-resolved). To "
               "try homing "
               "out: --listen 127.0.0.1:5300";
    return "another program uses port 53 (`ss -lunpt sport = :53` shows which). Stop it, or to try homing out: --listen "
           "127.0.0.1:5300";
}

std::string explain(socket_error const& e)
{
    switch (e.code) {
    case EADDRINUSE: return what_to_do_about_use(e.address);
    case EACCES:
    case EPERM:
        return "no right to use a port below 1024. Run homing as root, or with CAP_NET_BIND_SERVICE "
               "(AmbientCapabilities=CAP_NET_BIND_SERVICE "
               "in a systemd unit, or setcap cap_net_bind_service=+ep on the binary). To try homing out: --listen 127.0.0.1:5300";
    case EADDRNOTAVAIL: return "this machine has no such address. `ip address` shows those that it has";
    case EAFNOSUPPORT: return "this machine has no IPv6. Choose IPv4 addresses with --listen";
    default: return std::strerror(e.code);
    }
}

dns::failure to_failure(socket_error const& e)
{
    return {fmt::format("cannot listen on {} {}: {}", to_string(e.over), e.address.to_string(), explain(e))};
}

/// Another --listen already receives what is sent to this address.
bool is_covered(socket_address const& address, std::span<reservation const> by)
{
    return address.port() != 0 && std::any_of(by.begin(), by.end(), [&](reservation const& r) {
               return r.address.is_v6() == address.is_v6() && r.address.port() == address.port() &&
                      (r.address.is_wildcard() || r.address.host() == address.host());
           });
}

} // namespace

dns::result<std::vector<std::vector<bound_sockets>>> bind_sockets(std::span<listen_address const> wanted, unsigned workers)
{
    std::vector<listen_address> ordered{wanted.begin(), wanted.end()};
    std::stable_partition(ordered.begin(), ordered.end(),
                          [](listen_address const& l) { return l.addresses.front().is_wildcard(); });
    std::vector<reservation> reservations;
    for (auto& one : ordered) {
        std::erase_if(one.addresses, [&](socket_address const& a) { return is_covered(a, reservations); });
        if (one.addresses.empty())
            continue;
        auto held = reserve_all(one);
        if (!held)
            return to_failure(held.error());
        if (held->size() < one.addresses.size())
            log_info("this machine has no IPv6: listening on IPv4 only");
        std::move(held->begin(), held->end(), std::back_inserter(reservations));
    }
    for (auto const& held : reservations)
        held.share();
    std::vector<std::vector<bound_sockets>> result;
    for (unsigned i = 0; i < workers; ++i) {
        auto sockets = open_for_worker(reservations);
        if (!sockets)
            return to_failure(sockets.error());
        result.push_back(std::move(*sockets));
    }
    return result;
}

} // namespace homing::server
