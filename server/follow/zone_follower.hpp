// Follows the zones of which this server is a secondary: asks their primaries in time and when they say so, transfers what is newer, expires what
// cannot be refreshed, keeps catalogs, and forwards updates.
//
// One thread with an event loop of its own: no worker waits for it, and it waits for the writer without holding up other zones. Its waits are bounded,
// its memory by the number of zones and refresh_limits.
#pragma once

#include "server/server.hpp"

namespace homing::server {

class zone_follower final : public side_service {
public:
    zone_follower();
    ~zone_follower() override;
    dns::result<void> start(server&) override;
    void stop() override;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace homing::server
