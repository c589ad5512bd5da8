#include "agent/address_table.hpp"

#include <algorithm>
#include <cstring>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace homing::agent {

namespace {

using bytes = std::span<std::uint8_t const>;

constexpr std::size_t aligned(std::size_t size) noexcept
{
    return (size + 3U) & ~std::size_t{3};
}

/// A copy of the structure that `from` begins with; false if it is shorter.
template <class T>
bool copy(bytes from, T& to) noexcept
{
    if (from.size() < sizeof to)
        return false;
    std::memcpy(&to, from.data(), sizeof to);
    return true;
}

/// Calls f(type, value) for each attribute behind a structure of `head` octets.
template <class F>
void for_each_attribute(bytes body, std::size_t head, F&& f)
{
    body = body.subspan(std::min(aligned(head), body.size()));
    rtattr attribute;
    while (copy(body, attribute) && attribute.rta_len >= sizeof attribute && attribute.rta_len <= body.size()) {
        f(static_cast<unsigned>(attribute.rta_type & NLA_TYPE_MASK),
          body.subspan(sizeof attribute, attribute.rta_len - sizeof attribute));
        body = body.subspan(std::min(aligned(attribute.rta_len), body.size()));
    }
}

std::uint32_t number_of(bytes value) noexcept
{
    std::uint32_t n = 0;
    copy(value, n);
    return n;
}

std::optional<address_family> family_of(std::uint8_t f) noexcept
{
    return f == AF_INET    ? std::optional{address_family::ipv4}
           : f == AF_INET6 ? std::optional{address_family::ipv6}
                           : std::nullopt;
}

bool is_usable(own_address const& a) noexcept
{
    // IFA_F_TEMPORARY is for IPv4 IFA_F_SECONDARY, which says nothing against an address.
    std::uint32_t const never =
        IFA_F_TENTATIVE | IFA_F_DEPRECATED | IFA_F_DADFAILED | (a.address.family() == address_family::ipv6 ? IFA_F_TEMPORARY : 0);
    bool const is_optimistic = (a.flags & IFA_F_OPTIMISTIC) != 0; // in use, although tentative
    return (a.flags & (is_optimistic ? never & ~IFA_F_TENTATIVE : never)) == 0 && a.scope < RT_SCOPE_LINK;
}

} // namespace

address_table::news address_table::apply(bytes datagram)
{
    news told;
    nlmsghdr head;
    while (copy(datagram, head) && head.nlmsg_len >= sizeof head && head.nlmsg_len <= datagram.size()) {
        auto const body = datagram.subspan(sizeof head, head.nlmsg_len - sizeof head);
        switch (head.nlmsg_type) {
        case RTM_NEWADDR:
        case RTM_DELADDR: address_message(head.nlmsg_type == RTM_NEWADDR, body, told); break;
        case RTM_NEWLINK:
        case RTM_DELLINK: link_message(head.nlmsg_type == RTM_NEWLINK, body, told); break;
        case RTM_NEWROUTE:
        case RTM_DELROUTE: route_message(body, told); break;
        case NLMSG_DONE: told.is_end = true; break;
        case NLMSG_OVERRUN:
        case NLMSG_ERROR: told.is_lost = true; break;
        default: break;
        }
        told.is_lost = told.is_lost || (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0; // it changed while it was dumped
        datagram = datagram.subspan(std::min(aligned(head.nlmsg_len), datagram.size()));
    }
    return told;
}

void address_table::address_message(bool is_new, bytes body, news& told)
{
    ifaddrmsg message;
    if (!copy(body, message))
        return;
    auto const f = family_of(message.ifa_family);
    if (!f)
        return;
    std::size_t const size = *f == address_family::ipv4 ? 4 : 16;
    own_address found{{}, message.ifa_index, message.ifa_flags, message.ifa_scope, 0};
    std::optional<ip_address> local, address;
    for_each_attribute(body, sizeof message, [&](unsigned type, bytes value) {
        if (type == IFA_FLAGS)
            found.flags = number_of(value);
        else if (type == IFA_CACHEINFO && value.size() >= 8)
            found.valid = number_of(value.subspan(4)); // ifa_cacheinfo: preferred, valid, ...
        else if (type == IFA_LOCAL && value.size() == size)
            local = ip_address{*f, value};
        else if (type == IFA_ADDRESS && value.size() == size)
            address = ip_address{*f, value};
    });
    if (!local && !address)
        return;
    found.address = local ? *local : *address; // of a point-to-point link IFA_ADDRESS is the other end
    told.addresses = true;
    key const place{found.interface, found.address, address.value_or(found.address), message.ifa_prefixlen};
    if (!is_new)
        addresses_.erase(place);
    else if (addresses_.size() < most_addresses || addresses_.contains(place))
        addresses_[place] = found;
}

/// The kernel tells of a carrier that went and came by one message, in which the state is as it was and only the count of its changes
/// is not.
void address_table::link_message(bool is_new, bytes body, news& told)
{
    ifinfomsg message;
    if (!copy(body, message) || message.ifi_family == AF_BRIDGE)
        return;
    auto const number = static_cast<unsigned>(message.ifi_index);
    auto const before = links_.find(number);
    if (!is_new) {
        if (before != links_.end())
            links_.erase(before);
        return;
    }
    link now{before != links_.end() ? before->second : link{}};
    now.is_up = (message.ifi_flags & IFF_UP) != 0 && (message.ifi_flags & IFF_RUNNING) != 0;
    for_each_attribute(body, sizeof message, [&](unsigned type, bytes value) {
        if (type == IFLA_IFNAME && !value.empty())
            now.name.assign(reinterpret_cast<char const*>(value.data()),
                            ::strnlen(reinterpret_cast<char const*>(value.data()), value.size()));
        else if (type == IFLA_CARRIER_CHANGES)
            now.carrier_changes = number_of(value);
    });
    bool const flapped = before != links_.end() && before->second.carrier_changes != now.carrier_changes;
    bool const came = before == links_.end() || !before->second.is_up;
    told.network = told.network || (now.is_up && (flapped || came));
    if (before != links_.end() || links_.size() < most_links)
        links_[number] = std::move(now);
}

void address_table::route_message(bytes body, news& told) noexcept
{
    rtmsg message;
    if (copy(body, message) && message.rtm_dst_len == 0 && message.rtm_type == RTN_UNICAST)
        told.network = true;
}

std::vector<own_address> address_table::usable() const
{
    std::vector<own_address> found;
    for (auto const& [place, address] : addresses_)
        if (is_usable(address))
            found.push_back(address);
    return found;
}

unsigned address_table::interface_of(std::string_view name) const noexcept
{
    for (auto const& [number, known] : links_)
        if (known.name == name)
            return number;
    return 0;
}

} // namespace homing::agent
