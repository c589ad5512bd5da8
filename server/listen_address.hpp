// What `--listen` says: where to bind. Plain values; any thread.
#pragma once

#include "dns/result.hpp"
#include "server/socket_address.hpp"

#include <string_view>
#include <vector>

namespace homing::server {

/// One `--listen`: addresses that share a port (0: the kernel chooses one that is free for all of them, over UDP and TCP).
struct listen_address {
    std::vector<socket_address> addresses;
    /// The second address may be missing on this machine (IPv6 switched off, for "*").
    bool is_any_family = false;

    /// "127.0.0.1:5300", "[::1]:53", "0.0.0.0:53", "*:53" or ":53" (both families). Without a port: the default. Names are never
    /// looked up.
    static dns::result<listen_address> parse(std::string_view text, std::uint16_t default_port = 53);

    /// Both families, port 53.
    static listen_address everywhere();
};

} // namespace homing::server
