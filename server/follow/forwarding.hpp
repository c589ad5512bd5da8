// UPDATEs for followed zones on their way to a primary, and its replies back (RFC 2136 6): the same octets, so that the client's signature stays right.
//
// Each has a TCP connection of its own: nothing is lost or sent twice. Bounded in number and in time. The follower's thread alone.
#pragma once

#include "server/follow/refresh.hpp"

#include <unordered_set>

namespace homing::server {

class forwarding {
public:
    static constexpr std::size_t most_at_once = 256;
    static constexpr std::chrono::milliseconds connect_patience{3000}, reply_patience{10000};

    explicit forwarding(follow_surroundings& around) : around_{around} {}

    /// Calls `done` once, in its own time.
    void take(update::update_to_forward);

private:
    boost::asio::awaitable<void> run(update::update_to_forward);
    boost::asio::awaitable<void> try_primaries(update::update_to_forward const&, update::forwarded_reply&);
    boost::asio::awaitable<dns::result<message_octets>> send(socket_address const&, message_octets const&, bool& was_sent);

    follow_surroundings& around_;
    std::unordered_set<std::string> under_way_; // messages
};

} // namespace homing::server
