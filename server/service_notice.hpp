// What passes between this process and systemd, if that started it. Any thread.
#pragma once

namespace homing::server {

/// "READY=1", "STOPPING=1" (sd_notify(3)): a datagram to the socket that NOTIFY_SOCKET names; without that variable nothing happens. Nobody waits
/// for an answer, and there is nothing to do if nobody listens.
void tell_supervisor(char const* state) noexcept;

/// Whether what is written to this descriptor goes into the journal: it is the stream that JOURNAL_STREAM names (systemd.exec(5)).
bool is_journal(int descriptor) noexcept;

} // namespace homing::server
