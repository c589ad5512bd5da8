#include "server/udp_batch.hpp"

#include <cerrno>
#include <cstring>

namespace homing::server {

namespace {

/// Turns what the kernel told about a datagram's destination into what it wants to hear of its reply's source. The address
/// stays; the interface is the routing table's choice, unless the address means nothing without it.
void reverse(udp_peer& peer) noexcept
{
    auto* const control = reinterpret_cast<cmsghdr*>(peer.control.data());
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        in_pktinfo info;
        std::memcpy(&info, CMSG_DATA(control), sizeof info);
        info.ipi_ifindex = 0;
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        in6_pktinfo info;
        std::memcpy(&info, CMSG_DATA(control), sizeof info);
        if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) // nothing leaves from there
            info.ipi6_addr = in6addr_any;
        else if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
            info.ipi6_ifindex = 0;
        std::memcpy(CMSG_DATA(control), &info, sizeof info);
    } else {
        peer.control_size = 0;
    }
}

} // namespace

mmsghdr header_to(udp_peer& peer, iovec& data) noexcept
{
    mmsghdr message{};
    message.msg_hdr.msg_name = peer.address.data();
    message.msg_hdr.msg_namelen = peer.address.size();
    message.msg_hdr.msg_iov = &data;
    message.msg_hdr.msg_iovlen = 1;
    if (peer.control_size != 0) {
        message.msg_hdr.msg_control = peer.control.data();
        message.msg_hdr.msg_controllen = peer.control_size;
    }
    return message;
}

std::size_t send_all(int socket, std::span<mmsghdr> messages) noexcept
{
    std::size_t dropped = 0;
    while (!messages.empty()) {
        int const n = ::sendmmsg(socket, messages.data(), static_cast<unsigned>(messages.size()), MSG_DONTWAIT);
        if (n > 0) {
            messages = messages.subspan(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
            return dropped + messages.size(); // waiting would only make those behind late
        } else if (errno != EINTR) {          // this one alone cannot be sent: port 0, no route, a firewall
            ++dropped;
            messages = messages.subspan(1);
        }
    }
    return dropped;
}

udp_batch::udp_batch() : slots_{std::make_unique<std::uint8_t[]>(capacity * stride)}
{
    for (std::size_t i = 0; i < capacity; ++i) {
        incoming_data_[i] = {slot(i).data(), slot_size};
        incoming_[i] = {};
        auto& header = incoming_[i].msg_hdr;
        header.msg_name = peers_[i].address.data();
        header.msg_iov = &incoming_data_[i];
        header.msg_iovlen = 1;
        header.msg_control = peers_[i].control.data();
        prepare(i);
    }
}

/// What the kernel overwrote with the last datagram.
void udp_batch::prepare(std::size_t i) noexcept
{
    incoming_[i].msg_hdr.msg_namelen = socket_address::capacity;
    incoming_[i].msg_hdr.msg_controllen = udp_peer::control_capacity;
}

std::size_t udp_batch::receive(int socket) noexcept
{
    int n = 0;
    queued_ = 0;
    do
        n = ::recvmmsg(socket, incoming_.data(), capacity, MSG_DONTWAIT, nullptr);
    while (n < 0 && errno == EINTR);
    for (int i = 0; i < n; ++i) {
        auto& peer = peers_[static_cast<std::size_t>(i)];
        auto const& header = incoming_[static_cast<std::size_t>(i)].msg_hdr;
        peer.control_size = static_cast<std::uint8_t>(header.msg_controllen);
        if (peer.control_size != 0)
            reverse(peer);
        prepare(static_cast<std::size_t>(i));
    }
    return n < 0 ? 0 : static_cast<std::size_t>(n);
}

bool udp_batch::is_truncated(std::size_t i) const noexcept
{
    return (incoming_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

udp_peer udp_batch::peer(std::size_t i) const noexcept
{
    return peers_[i];
}

void udp_batch::queue_reply(std::size_t i, std::size_t size) noexcept
{
    outgoing_data_[queued_] = {slot(i).data(), size};
    outgoing_[queued_] = header_to(peers_[i], outgoing_data_[queued_]);
    ++queued_;
}

std::size_t udp_batch::send(int socket) noexcept
{
    return send_all(socket, std::span{outgoing_}.first(std::exchange(queued_, 0)));
}

} // namespace homing::server
