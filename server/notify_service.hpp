// Tells the servers that follow this one of every change, and asks them how far they are: NOTIFY (RFC 1996) out, to the secondaries that the operator
// named and to those in the zones' NS records.
//
// A thread of its own with an event loop and sockets of its own: no worker and no update ever waits for it. The writer hands it the names of zones that
// changed, each once however often it did. What it knows of each server is bounded (peer_progress.hpp); zones that it has not come to, because there were too
// many or it was not running, are found by rounds: every zone's SOA is asked for now and then, a few a second. Never to ourselves.
#pragma once

#include "server/event_loop.hpp"
#include "server/name_lookups.hpp"
#include "server/peer_progress.hpp"
#include "server/secondary_status.hpp"
#include "server/server.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_set>

namespace homing::server {

class notify_service final : public side_service {
public:
    /// `own`: the addresses that this server listens at. Both references outlive this. Made before the writer starts.
    notify_service(zone::versions&, update::writer&, std::vector<socket_address> own, bool tells_name_servers);
    ~notify_service() override;

    dns::result<void> start(server&) override;
    void stop() override;

    /// Any thread, from after start to before stop.
    std::vector<secondary_status> status(std::optional<dns::name> zone) const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace homing::server
