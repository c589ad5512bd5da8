// Looks after the leases of hosts: asks the writer to take addresses out of the zones whose time is over, and to store what was confirmed lately.
//
// A thread of its own, which looks once a second: leases are in time of the day, which may jump. No lease runs out sooner than an hour after
// the start (or its own length), so that a server that was down for long does not find every host gone.
#pragma once

#include "server/server.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace homing::server {

class lease_watch final : public side_service {
public:
    dns::result<void> start(server&) override;
    void stop() override;

private:
    void run(update::writer&);
    void lapse(update::writer&) const;

    std::mutex mutex_; // guards is_stopping_
    std::condition_variable stopping_;
    bool is_stopping_ = false;
    std::int64_t started_ms_ = 0;
    std::thread thread_;
};

} // namespace homing::server
