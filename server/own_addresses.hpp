// Which addresses are this server's own, so that it does not talk to itself; and which are nobody's.
//
// One thread. The interfaces are asked at most once a minute.
#pragma once

#include "server/socket_address.hpp"

#include <chrono>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace homing::server {

class own_addresses {
public:
    /// Who listens at these addresses would be reached there.
    bool has(socket_address const&, std::span<socket_address const> listening);

private:
    void refresh();

    std::unordered_set<std::string> interfaces_;
    std::chrono::steady_clock::time_point fresh_until_{};
};

/// A datagram may be sent there: an address of one host, and none that is set aside for examples (RFC 5737, RFC 3849).
bool may_be_told(socket_address const&);

} // namespace homing::server
