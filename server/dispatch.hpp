// Where requests go: queries to the responder, under one version of the zones per batch; updates to the intake, and their
// replies back to the socket that they came by. One thread: a worker's.
#pragma once

#include "server/counters.hpp"
#include "server/notify_intake.hpp"
#include "server/responder.hpp"
#include "server/transfer_desk.hpp"
#include "server/update_intake.hpp"
#include "server/use_notes.hpp"
#include "zone/versions.hpp"

namespace homing::server {

class dispatch {
public:
    /// All of these outlive this.
    dispatch(event_loop&, zone::versions&, update::writer&, outbox&, transfer_surroundings const&, counters&);

    /// Which keys were used. Any thread may keep it.
    std::shared_ptr<use_notes> uses() const noexcept { return uses_; }

    /// Answers a batch, received before this call: so the newest version is at least as new as anything that the senders
    /// could have seen acknowledged. UPDATEs stay as they are, for `take_update`.
    void answer(std::span<exchange>);

    /// An exchange that `answer` found to be an UPDATE. Returns the size of the reply in its buffer, or 0 if the reply comes
    /// later.
    std::size_t take_update(exchange const&, socket_address const& client, reply_route);
    /// Call after a batch whose updates were taken: the writer begins with them then.
    void batch_ended() { intake_.batch_ended(); }

    /// An exchange that `answer` found to be a transfer, over TCP. The stream, or the reply in its buffer.
    transfer_stream::opening open_transfer(exchange const&, socket_address const& client, std::weak_ptr<tcp_session>);
    /// The same over UDP. The size of the reply in its buffer, or 0 if it comes later.
    std::size_t take_transfer(exchange const&, udp_route const&);
    /// What old versions need is within bounds: if not, transfers, which hold them, must end.
    bool may_hold_versions() const noexcept { return transfers_.may_hold_versions(); }
    /// A stream's next message.
    std::span<std::uint8_t const> next_message(transfer_stream&);

    /// Sends the replies to updates that are through, those of one socket together.
    void deliver(std::span<finished_update const>);

private:
    void refresh_keys();
    bool is_of_secondary(exchange const&);
    void note(signed_query const&);

    zone::versions& versions_;
    update::writer& writer_;
    counters& counters_;
    std::shared_ptr<use_notes> uses_ = std::make_shared<use_notes>();
    update_intake intake_;
    notify_intake notices_;
    update_log query_log_; // of its own, so that no other lines keep its own from being written
    transfer_desk transfers_;
    zone::versions::reader reader_;
    responder responder_;
    std::uint64_t now_ = 0; // of the batch, seconds since 1970
    std::uint64_t keys_version_ = 0;
    std::shared_ptr<update::key_ring const> keys_;
};

} // namespace homing::server
