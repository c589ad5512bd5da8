#include "agent/address_watch.hpp"

#include <cerrno>
#include <system_error>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace homing::agent {

namespace {

constexpr std::size_t buffer_size = 65536; // of dumps the kernel fills at most 32 KiB at once

[[noreturn]] void fail(char const* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

descriptor open_socket()
{
    descriptor fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("netlink, which tells of addresses");
    return fd;
}

} // namespace

address_watch::address_watch() : socket_{open_socket()}, buffer_(buffer_size)
{
    ask(stage::links);
}

void address_watch::ask(stage what)
{
    stage_ = what;
    struct {
        nlmsghdr head;
        ifinfomsg body; // for addresses the kernel reads its first octet alone, as that of an ifaddrmsg
    } message{};
    message.head.nlmsg_len = sizeof message;
    message.head.nlmsg_type = what == stage::links ? RTM_GETLINK : RTM_GETADDR;
    message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    if (what == stage::links)
        table_.clear();
    if (::send(socket_.get(), &message, sizeof message, 0) < 0)
        fail("asking for addresses by netlink");
}

void address_watch::note(address_table::news const& told, news& found)
{
    is_lost_ = is_lost_ || told.is_lost;
    if (stage_ == stage::complete) {
        found.addresses = found.addresses || told.addresses;
        found.network = found.network || told.network;
    }
    if (told.is_end && stage_ == stage::links) {
        ask(stage::addresses);
    } else if (told.is_end && stage_ == stage::addresses) {
        stage_ = stage::complete;
        found.addresses = true;
    }
    if (is_lost_ && stage_ == stage::complete) {
        is_lost_ = false;
        found.network = true; // perhaps
        ask(stage::links);
    }
}

address_watch::news address_watch::take()
{
    news found;
    for (;;) {
        sockaddr_nl from{};
        socklen_t from_size = sizeof from;
        auto const size =
            ::recvfrom(socket_.get(), buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
        if (size >= 0 && from.nl_pid == 0) // others may send here, too
            note(table_.apply({buffer_.data(), static_cast<std::size_t>(size)}), found);
        else if (size < 0 && errno == ENOBUFS) // more than the socket holds
            note({.is_lost = true}, found);
        else if (size < 0 && errno == EAGAIN)
            return found;
        else if (size < 0 && errno != EINTR)
            fail("hearing of addresses by netlink");
    }
}

} // namespace homing::agent
