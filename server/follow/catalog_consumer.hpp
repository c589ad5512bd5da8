// Keeps what is followed in step with the catalog zones (RFC 9432): members come, go, begin anew and change their catalog.
//
// A catalog that is broken changes nothing. After steps only the members that they touched are looked at. The follower's thread alone.
#pragma once

#include "server/follow/refresh.hpp"

namespace homing::server {

/// All members, or those that have something to do with these owners (octets).
boost::asio::awaitable<void> consume_catalog(follow_surroundings&, update::follow_book::pointer catalog);
boost::asio::awaitable<void> consume_catalog(follow_surroundings&, update::follow_book::pointer catalog,
                                             std::vector<std::string> touched);

} // namespace homing::server
