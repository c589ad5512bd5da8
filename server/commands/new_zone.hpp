// What a fresh zone holds: a SOA made for names that change, name servers and their addresses.
//
// Pure functions; any thread.
#pragma once

#include "dns/result.hpp"
#include "zone/contents.hpp"

#include <string>
#include <vector>

namespace homing::server {

struct name_server {
    dns::name host;
    std::vector<std::uint8_t> address; ///< 4 or 16 octets, or none
};

/// "ns1.example.com" or "ns1.example.com=192.0.2.1"; an address only for a name in the zone `origin`.
dns::result<name_server> read_name_server(std::string_view text, dns::name_view origin);

/// A mailbox as an SOA carries it: "a.b@example.com" becomes a\.b.example.com. (RFC 1035 8); without an @ it is that form already.
dns::result<dns::name> read_mailbox(std::string_view text);

/// Finished contents: serial 1, negative answers kept for a minute only, since names here come and go.
zone::contents make_zone(dns::name_view origin, std::vector<name_server> const&, dns::name_view mailbox);

} // namespace homing::server
