// What the HTTP endpoint is told. Plain values; any thread.
#pragma once

#include "server/address_range.hpp"
#include "server/listen_address.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace homing::server {

struct http_limits {
    std::size_t connections = 1024;
    std::size_t connections_per_client = 128; ///< an IPv4 address, or an IPv6 /64; a proxy has no limit of its own
    std::size_t header_octets = 8192, body_octets = 8192;
    std::chrono::seconds request{10}; ///< for a whole request to come, and for an answer to be taken
    std::chrono::seconds idle{60};    ///< between requests
};

struct http_options {
    std::vector<listen_address> listen;       ///< for plain HTTP
    std::vector<listen_address> listen_tls;   ///< for HTTPS; neither: there is no endpoint
    std::string certificate_file, key_file;   ///< of HTTPS; empty: a certificate of our own
    bool takes_plain_passwords = false; ///< over HTTP without TLS from everywhere; otherwise from this machine and from proxies
    bool takes_query_passwords = false; ///< `username` and `password` as parameters
    std::vector<address_range> proxies; ///< whose header says who the client is
    std::string proxy_header = "X-Forwarded-For";
    std::string url; ///< under which clients reach the endpoint; empty: what follows from the above
    http_limits limits;

    bool is_off() const noexcept { return listen.empty() && listen_tls.empty(); }
};

} // namespace homing::server
