#include "agent/address_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstring>
#include <random>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

using namespace homing::agent;

namespace {

using bytes = std::vector<std::uint8_t>;

template <class T>
void append(bytes& to, T const& what)
{
    auto const* const p = reinterpret_cast<std::uint8_t const*>(&what);
    to.insert(to.end(), p, p + sizeof what);
    to.resize((to.size() + 3) / 4 * 4);
}

void append_attribute(bytes& to, unsigned short type, std::span<std::uint8_t const> value)
{
    append(to, rtattr{static_cast<unsigned short>(sizeof(rtattr) + value.size()), type});
    to.insert(to.end(), value.begin(), value.end());
    to.resize((to.size() + 3) / 4 * 4);
}

void append_number(bytes& to, unsigned short type, std::uint32_t value)
{
    append_attribute(to, type, {reinterpret_cast<std::uint8_t const*>(&value), sizeof value});
}

bytes message(unsigned short type, bytes const& body)
{
    bytes all;
    append(all, nlmsghdr{static_cast<std::uint32_t>(sizeof(nlmsghdr) + body.size()), type, 0, 0, 0});
    all.insert(all.end(), body.begin(), body.end());
    return all;
}

bytes address(char const* text, std::uint32_t flags = IFA_F_PERMANENT, bool is_new = true, unsigned interface = 2,
              std::uint8_t scope = RT_SCOPE_UNIVERSE)
{
    auto const a = *ip_address::from_text(text);
    bytes body;
    append(body, ifaddrmsg{static_cast<std::uint8_t>(a.family() == address_family::ipv4 ? AF_INET : AF_INET6), 24,
                           static_cast<std::uint8_t>(flags), scope, interface});
    append_attribute(body, IFA_ADDRESS, a.octets());
    append_number(body, IFA_FLAGS, flags);
    return message(is_new ? RTM_NEWADDR : RTM_DELADDR, body);
}

bytes link(char const* name, bool is_up, std::uint32_t changes, int number = 2, unsigned short type = RTM_NEWLINK)
{
    bytes body;
    ifinfomsg head{};
    head.ifi_index = number;
    head.ifi_flags = is_up ? IFF_UP | IFF_RUNNING : IFF_UP;
    append(body, head);
    append_attribute(body, IFLA_IFNAME, {reinterpret_cast<std::uint8_t const*>(name), std::strlen(name) + 1});
    append_number(body, IFLA_CARRIER_CHANGES, changes);
    return message(type, body);
}

std::vector<std::string> texts(address_table const& t)
{
    std::vector<std::string> all;
    for (auto const& a : t.usable())
        all.push_back(a.address.to_string());
    return all;
}

} // namespace

TEST_CASE("addresses come, change and go")
{
    address_table t;
    CHECK(t.apply(address("203.0.113.1")).addresses);
    t.apply(address("2001:db8::1", IFA_F_TENTATIVE));
    CHECK(texts(t) == std::vector<std::string>{"203.0.113.1"});
    t.apply(address("2001:db8::1", 0)); // it is unique
    CHECK(texts(t) == std::vector<std::string>{"203.0.113.1", "2001:db8::1"});
    t.apply(address("2001:db8::1", IFA_F_DEPRECATED));
    t.apply(address("203.0.113.1", 0, false));
    CHECK(texts(t).empty());
}

TEST_CASE("some addresses are not for others")
{
    for (std::uint32_t const flags :
         {IFA_F_TENTATIVE, IFA_F_DEPRECATED, IFA_F_DADFAILED, IFA_F_TEMPORARY, IFA_F_TENTATIVE | IFA_F_DADFAILED}) {
        address_table t;
        t.apply(address("2001:db8::1", flags));
        CHECK(texts(t).empty());
    }
    address_table t;
    t.apply(address("fe80::1", IFA_F_PERMANENT, true, 2, RT_SCOPE_LINK));
    t.apply(address("127.0.0.1", IFA_F_PERMANENT, true, 1, RT_SCOPE_HOST));
    CHECK(texts(t).empty());
    t.apply(address("203.0.113.1", IFA_F_SECONDARY)); // the same bit as IFA_F_TEMPORARY
    t.apply(address("2001:db8::1", IFA_F_TENTATIVE | IFA_F_OPTIMISTIC));
    CHECK(texts(t).size() == 2);
}

TEST_CASE("of a point-to-point link the near end counts")
{
    auto const near = *ip_address::from_text("203.0.113.1"), far = *ip_address::from_text("203.0.113.254");
    bytes body;
    append(body, ifaddrmsg{AF_INET, 32, 0, RT_SCOPE_UNIVERSE, 5});
    append_attribute(body, IFA_ADDRESS, far.octets());
    append_attribute(body, IFA_LOCAL, near.octets());
    address_table t;
    t.apply(message(RTM_NEWADDR, body));
    CHECK(texts(t) == std::vector<std::string>{"203.0.113.1"});
}

TEST_CASE("an address that stands there twice, with prefixes of two lengths, goes with the second")
{
    address_table t;
    auto wide = address("203.0.113.1"), narrow = wide;
    narrow[sizeof(nlmsghdr) + offsetof(ifaddrmsg, ifa_prefixlen)] = 32;
    t.apply(narrow);
    t.apply(wide);
    auto gone = narrow;
    gone[offsetof(nlmsghdr, nlmsg_type)] = RTM_DELADDR;
    t.apply(gone);
    CHECK(texts(t) == std::vector<std::string>{"203.0.113.1"});
    wide[offsetof(nlmsghdr, nlmsg_type)] = RTM_DELADDR;
    t.apply(wide);
    CHECK(texts(t).empty());
}

TEST_CASE("before a dump nothing is known, of links neither")
{
    address_table t;
    t.apply(link("ppp0", true, 1, 7));
    t.apply(address("203.0.113.1"));
    t.clear(); // that it went was lost
    t.apply(link("ppp0", true, 1, 9));
    CHECK(t.interface_of("ppp0") == 9);
    CHECK(texts(t).empty());
}

TEST_CASE("a link that went and came is news, though its state is what it was")
{
    address_table t;
    t.apply(link("eth0", true, 1));
    CHECK(t.interface_of("eth0") == 2);
    CHECK(t.interface_of("eth1") == 0);
    CHECK_FALSE(t.apply(link("eth0", true, 1)).network);
    CHECK(t.apply(link("eth0", true, 3)).network);
    CHECK_FALSE(t.apply(link("eth0", false, 4)).network);
    CHECK(t.apply(link("eth0", true, 5)).network);
    t.apply(link("eth0", true, 5, 2, RTM_DELLINK));
    CHECK(t.interface_of("eth0") == 0);
}

TEST_CASE("the default route is news, others are not")
{
    address_table t;
    for (std::uint8_t const length : {std::uint8_t{0}, std::uint8_t{24}}) {
        bytes body;
        rtmsg route{};
        route.rtm_dst_len = length;
        route.rtm_type = RTN_UNICAST;
        append(body, route);
        CHECK(t.apply(message(RTM_NEWROUTE, body)).network == (length == 0));
    }
}

TEST_CASE("several messages of one datagram are read, and the end of a dump")
{
    address_table t;
    auto all = address("203.0.113.1");
    auto const second = address("203.0.113.2"), end = message(NLMSG_DONE, {0, 0, 0, 0});
    all.insert(all.end(), second.begin(), second.end());
    all.insert(all.end(), end.begin(), end.end());
    auto const told = t.apply(all);
    CHECK(told.is_end);
    CHECK(texts(t).size() == 2);
    CHECK(t.apply(message(NLMSG_ERROR, {0, 0, 0, 0})).is_lost);
}

TEST_CASE("whatever the octets are, nothing is read past their end, and the table is bounded")
{
    std::mt19937 random{1};
    address_table t;
    for (int i = 0; i < 20'000; ++i) {
        auto m = i % 2 != 0 ? address("2001:db8::1") : link("eth0", true, 1);
        m[random() % m.size()] = static_cast<std::uint8_t>(random());
        m.resize(random() % (m.size() + 1));
        std::vector<std::uint8_t> const exact(m.begin(), m.end());
        t.apply(exact);
    }
    for (unsigned i = 0; i < address_table::most_addresses + 10; ++i)
        t.apply(address("203.0.113.1", 0, true, 10 + i));
    CHECK(t.usable().size() <= address_table::most_addresses);
}
