// Settings for the clients of a host, ready to be pasted.
//
// Pure functions; any thread.
#pragma once

#include "storage/key_record.hpp"

#include <span>
#include <string>
#include <string_view>

namespace homing::server {

/// What the settings are made of; names without a final dot.
struct host_access {
    std::string host, zone;
    std::string name_server; ///< where DNS updates go
    std::string url;         ///< of the HTTP endpoint, without a final slash: "https://ns1.example.com"
    std::string password;    ///< for HTTP
    std::uint32_t ttl = 60;
    std::uint32_t expire = 0; ///< seconds; 0: never
    bool has_suffix = false;
    bool has_endpoint = true; ///< for HTTP; otherwise its settings are for when there is one
    std::string pin = {};     ///< of a certificate that no issuer vouches for: "sha256//..."
    storage::key_record key;
};

/// "nsupdate", "ddclient", ...: in the order in which they are printed.
std::span<std::string_view const> client_names() noexcept;
/// For one of client_names().
std::string settings_for(std::string_view client, host_access const&);

} // namespace homing::server
