// Which signed UPDATEs were executed, so that none is executed twice (a client's retransmission, or an attacker's replay): for as long
// as their signatures hold.
//
// It is what the store has, for quick look-ups: every outcome is stored, in the transaction of the change if there is one, before anybody hears
// of it, and `remember`ed then. Bounded: when it is full the oldest are forgotten, whether they expired or not, and of each key it is
// kept until when: what it signed no later is not executed at all (`is_before_memory`). The writer's thread alone.
#pragma once

#include "dns/tsig.hpp"
#include "storage/store.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace homing::update {

/// What stands for a signed message: `rcode` and `number` are left for its outcome. Only as much of the MAC as no truncation can take away (RFC
/// 8945 5.2.2.1 allows half of it, and at least 10 octets), or a replay with a shorter MAC would pass for another message.
storage::seen_update identify(dns::tsig_view const&);

struct identity_hash {
    std::size_t operator()(storage::seen_update::identity_type const&) const noexcept;
};
/// Signed messages, and how they ended.
using outcomes_by_identity = std::unordered_map<storage::seen_update::identity_type, dns::rcode, identity_hash>;

class replay_memory {
public:
    static constexpr std::size_t default_capacity = std::size_t{1} << 20; ///< some 100 MB when full

    explicit replay_memory(std::size_t capacity = default_capacity) : capacity_{capacity} {}

    /// What the store has.
    void restore(storage::update_memory const&);

    /// How the message ended when it came before.
    std::optional<dns::rcode> find(storage::seen_update const&) const;
    /// It was signed so long ago that it may be one of those of its key that were forgotten. (Of its key, so that nobody who signs many, with
    /// times that lie ahead, has those of others turned away.)
    bool is_before_memory(storage::seen_update const&) const;

    /// Forgets as many as `more` need, and some that expired. `now`: seconds since 1970.
    void make_room(std::size_t more, std::uint64_t now);
    /// What `make_room` left behind and the store does not have yet, and the number from which on all are remembered.
    std::vector<storage::forgotten_updates> unsaved() const;
    std::int64_t first_kept() const noexcept { return in_order_.empty() ? next_number_ : in_order_.front().number; }
    std::int64_t next_number() const noexcept { return next_number_; }

    /// The store has these, numbered from next_number() on, and what was unsaved.
    void remember(std::vector<storage::seen_update> const&);

private:
    void add(storage::seen_update const&);
    void forget_oldest(std::uint64_t now);

    std::size_t capacity_;
    outcomes_by_identity known_;
    std::deque<storage::seen_update> in_order_; // of their numbers
    std::int64_t next_number_ = 1;
    // By key; there are as many as keys.
    std::map<storage::seen_update::key_type, storage::forgotten_updates> forgotten_;
    std::set<storage::seen_update::key_type> unsaved_;
};

} // namespace homing::update
