// The addresses and links of this machine, as the kernel's netlink messages (rtnetlink(7)) tell of them.
//
// `apply` reads what a netlink socket gave, whole datagrams. What is malformed is passed over. No sockets; one thread.
#pragma once

#include "agent/ip_address.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace homing::agent {

/// An address of this machine.
struct own_address {
    ip_address address;
    unsigned interface = 0;  ///< its number
    std::uint32_t flags = 0; ///< IFA_F_*
    std::uint8_t scope = 0;  ///< RT_SCOPE_*
    std::uint32_t valid = 0; ///< seconds that it is valid for, 0xFFFFFFFF: for ever
};

class address_table {
public:
    static constexpr std::size_t most_addresses = 4096, most_links = 4096; ///< more are not looked at

    /// What a datagram said.
    struct news {
        bool addresses = false; ///< some came, went or changed
        bool network = false;   ///< a link came up or went and came, or a default route changed
        bool is_end = false;    ///< of a dump
        bool is_lost = false;   ///< the kernel could not tell all: dump anew
    };
    news apply(std::span<std::uint8_t const> datagram);

    /// Before a dump of links and addresses.
    void clear() noexcept
    {
        addresses_.clear();
        links_.clear();
    }

    /// Those that others may be told: not tentative, deprecated, temporary or failed, neither loopback's nor a link's own. By interface; one that
    /// stands there with several prefixes as often.
    std::vector<own_address> usable() const;
    /// 0 if there is no link of that name.
    unsigned interface_of(std::string_view name) const noexcept;

private:
    struct link {
        std::string name;
        bool is_up = false;
        std::uint32_t carrier_changes = 0;
    };
    /// What the kernel tells addresses apart by: interface, own address, the link's other end or again the own, length of the prefix.
    using key = std::tuple<unsigned, ip_address, ip_address, std::uint8_t>;

    void address_message(bool is_new, std::span<std::uint8_t const> body, news&);
    void link_message(bool is_new, std::span<std::uint8_t const> body, news&);
    static void route_message(std::span<std::uint8_t const> body, news&) noexcept;

    std::map<key, own_address> addresses_;
    std::map<unsigned, link> links_;
};

} // namespace homing::agent
