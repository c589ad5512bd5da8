// Whose signature a request carries, and whether it counts: TSIG (RFC 8945) against the keys as they are now.
//
// A key that is disabled or has expired is as good as none: BADKEY. While a secret that was replaced is still good, the newer one is tried first,
// then that; the reply is signed with the one that was right. Any thread.
#pragma once

#include "dns/tsig.hpp"
#include "update/key_ring.hpp"

namespace homing::update {

struct checked_signature {
    dns::tsig_status status;
    /// The key that was named, if there is one, whether its signature is right or not. Lives as long as the ring, like all that follows.
    granted_key const* named = nullptr;
    /// The secret that the signature is of, and that the reply is to be signed with; null where it is not signed.
    std::shared_ptr<dns::tsig_key const> const* secret = nullptr;
    char const* reason = ""; ///< where it is not verified

    bool verified() const noexcept { return status.verified(); }
    dns::tsig_key const* key() const noexcept { return secret != nullptr ? secret->get() : nullptr; }
};

/// `now`: seconds since 1970. Precondition: as verify_tsig.
checked_signature check_signature(key_ring const&, std::span<std::uint8_t const> message, dns::tsig_view const&,
                                  std::uint64_t now);

} // namespace homing::update
