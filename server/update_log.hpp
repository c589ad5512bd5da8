// Tells the operator of signed queries, updates and transfers that were refused, one line each, at a bounded rate. One thread (each worker has
// its own).
#pragma once

#include "dns/types.hpp"
#include "server/rate_limiter.hpp"

#include <string>
#include <string_view>

namespace homing::server {

/// Who asked for what, as far as it is known, in text; "-" stands for what is not.
struct update_subject {
    std::string_view key;    ///< that it was signed with, or claims to be
    std::string_view client; ///< "192.0.2.1#53124"
    std::string_view via;    ///< "dns/udp", "dns/tcp"
    std::string_view zone;
    std::string_view name = "-"; ///< the record that the refusal is about, or what was asked for
    std::string_view type = "-";
    std::string_view what = "update"; ///< or "transfer", "query"
};

class update_log {
public:
    /// Whether a failure with this code is to be written now; ask once for each. Unmet prerequisites are how clients work
    /// (RFC 2136 2.4): only for debugging.
    bool wants(dns::rcode, std::uint64_t now);
    void write(update_subject const&, dns::rcode, std::string_view reason);

private:
    rate_limiter limiter_{20, 100};
};

} // namespace homing::server
