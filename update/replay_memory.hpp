// Which signed UPDATEs were executed, so that none is executed twice (a client's retransmission, or an attacker's replay): for as long
// as their signatures hold.
//
// Bounded: when it is full the oldest is forgotten, and from then on what was signed no later than that is not executed at all
// (`is_before_memory`). What has been remembered since the last commit goes to the store with the next one. The writer's thread alone.
#pragma once

#include "dns/tsig.hpp"
#include "storage/store.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace homing::update {

/// What stands for a signed message: `rcode` is left for its outcome. Only as much of the MAC as no truncation can take away (RFC 8945 5.2.2.1
/// allows half of it, and at least 10 octets), or a replay with a shorter MAC would pass for another message.
storage::seen_update identify(dns::tsig_view const&);

class replay_memory {
public:
    static constexpr std::size_t default_capacity = std::size_t{1} << 20; ///< some 100 MB when full

    explicit replay_memory(std::size_t capacity = default_capacity) : capacity_{capacity} {}

    /// How the message ended when it came before.
    std::optional<dns::rcode> find(storage::seen_update const&) const;
    /// It was signed so long ago that it may be one of those of its key that were forgotten. (Of its key, so that nobody who signs many, with
    /// times that lie ahead, has those of others turned away.)
    bool is_before_memory(storage::seen_update const&) const;

    /// `now`: seconds since 1970.
    void remember(storage::seen_update const&, std::uint64_t now);
    /// The same for what the store knows already.
    void restore(std::vector<storage::seen_update> const&, std::uint64_t now);

    /// Remembered, and not yet stored.
    std::deque<storage::seen_update> const& unsaved() const noexcept { return unsaved_; }
    void saved() noexcept { unsaved_.clear(); }

private:
    struct identity_hash {
        std::size_t operator()(storage::seen_update::identity_type const&) const noexcept;
    };
    void add(storage::seen_update const&, std::uint64_t now);

    std::size_t capacity_;
    std::unordered_map<storage::seen_update::identity_type, dns::rcode, identity_hash> known_;
    std::deque<storage::seen_update> in_order_; // of their coming
    std::deque<storage::seen_update> unsaved_;
    // By key (as in an identity; there are as many as keys): the latest signing time of what was forgotten before its time.
    std::unordered_map<std::uint64_t, std::uint64_t> forgotten_;
};

} // namespace homing::update
