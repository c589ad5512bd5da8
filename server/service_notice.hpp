// Tells whoever started this process that it is ready, or stopping (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names. Without
// that variable nothing happens. Any thread.
#pragma once

namespace homing::server {

/// "READY=1", "STOPPING=1". Nobody waits for an answer, and there is nothing to do if nobody listens.
void tell_supervisor(char const* state) noexcept;

} // namespace homing::server
