// What a resolver of this machine knows: addresses of names, and the servers of the zone above a name. Blocks for a bounded time; one
// thread at a time.
#pragma once

#include "server/dns_asker.hpp"

#include <string>

namespace homing::server {

class resolver {
public:
    /// The servers of a file as /etc/resolv.conf, three at the most, or the one that is named ("192.0.2.1", "192.0.2.1:5353").
    static dns::result<resolver> from_file(std::string const& path);
    static dns::result<resolver> from_text(std::string_view server);

    /// Addresses (4 or 16 octets), IPv4 first; empty if there are none.
    dns::result<std::vector<std::vector<std::uint8_t>>> addresses_of(dns::name_view) const;

    struct parent_zone {
        dns::name apex;
        std::vector<dns::name> servers;
    };
    /// The closest zone above a name. Precondition: not the root.
    dns::result<parent_zone> parent_of(dns::name_view) const;

private:
    explicit resolver(std::vector<socket_address> servers) : servers_{std::move(servers)} {}
    dns::result<dns_reply> ask_one(question const&) const;

    std::vector<socket_address> servers_;
};

} // namespace homing::server
