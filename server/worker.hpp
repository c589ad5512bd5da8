// One thread with an event loop and sockets of its own: it receives, answers and sends, and shares nothing with other workers
// that a query would touch.
//
// Made and stopped by the server, on one thread; what its own thread does is inside. Stopping goes in two steps with the
// writer's end between them: `stop_receiving`, then, when the writer has told all outcomes, `finish`.
#pragma once

#include "server/bound_sockets.hpp"
#include "server/client_table.hpp"
#include "server/server.hpp"
#include "server/status.hpp"
#include "server/transfer_desk.hpp"
#include "server/use_notes.hpp"

#include <ctime>
#include <memory>

namespace homing::server {

class worker {
public:
    /// All of these outlive this. The sockets are queued to, but not served, until `start`.
    worker(zone::versions&, update::writer&, client_table&, tcp_limits const&, transfer_surroundings const&,
           std::vector<bound_sockets>);
    ~worker(); ///< Precondition: finished, or never started.

    void start();
    /// Answers what has arrived and takes nothing more. Returns when that is done. Nothing to do for one that did not start.
    void stop_receiving();
    /// Sends the replies that are due, to slow clients for a while only, and ends the thread. Precondition: receiving has
    /// stopped, and no outcome is to come any more.
    void finish();

    /// The clock of the thread's processor time. Precondition: started and not finished.
    clockid_t processor_clock() const;

    /// Which keys this worker saw used. Any thread may keep it.
    std::shared_ptr<use_notes> uses() const noexcept;
    /// Any thread.
    counters const& count() const noexcept;
    /// Any thread, until receiving is stopped.
    worker_status status() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace homing::server
