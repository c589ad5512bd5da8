// Answers a NOTIFY (RFC 1996): one from a primary of a followed zone makes its follower look at once; any other is refused.
//
// It counts as a primary's if it comes from the address of one, and, where the zone is followed with a key, is signed with it. One thread: a worker's.
#pragma once

#include "server/responder.hpp"
#include "server/update_log.hpp"
#include "server/use_notes.hpp"
#include "update/writer.hpp"

namespace homing::server {

class notify_intake {
public:
    /// Both outlive this.
    notify_intake(update::writer& writer, use_notes& uses) : writer_{writer}, uses_{uses} {}

    /// Precondition: an exchange whose verdict is `notify`; then it has its reply.
    void answer(exchange&, update::key_ring const&, std::uint64_t now);

private:
    struct ruling;
    ruling judge(exchange const&, dns::request_view const&, dns::name_view signer) const;

    update::writer& writer_;
    use_notes& uses_;
    update_log log_;
};

} // namespace homing::server
