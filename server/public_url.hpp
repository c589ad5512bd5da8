// Where clients reach the HTTP endpoint, as far as it follows from how it is served; and what is remembered of that for who asks when no server runs.
//
// Pure functions; any thread.
#pragma once

#include "server/http_options.hpp"
#include "storage/token_record.hpp"

#include <span>
#include <string>

namespace homing::server {

/// An address that is listened on.
struct http_listener_address {
    socket_address address;
    bool is_tls;
};

/// "https://{}:8443": {} stands for the name of the server, as the zone has it; or a whole URL. Empty: there is no endpoint.
std::string public_url(http_options const&, std::span<http_listener_address const>);

/// The names of settings (storage::access_records).
inline constexpr char const* url_setting = "http_url"; ///< as public_url says
inline constexpr char const* pin_setting = "http_pin"; ///< of a certificate that homing made; empty: of another one

/// What is remembered, with the server's name in its place, without a final slash. Without an endpoint, or a memory of one: what it would be over
/// TLS at the usual port.
std::string remembered_url(storage::access_records const&, std::string const& server_name);

/// Something is remembered: the server that ran last had an endpoint.
bool has_endpoint(storage::access_records const&);

} // namespace homing::server
