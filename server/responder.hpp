// Turns requests into replies in place, a batch at a time: the query path from bytes to bytes.
//
// No allocation (but for signed queries, which are noted for the log and the keys' last use), no lock, no shared cache line written, no
// system call per query. One responder per worker thread; each call reads one version of the zones throughout. UPDATEs and what else cannot be answered at once are handed back to the caller.
#pragma once

#include "server/socket_address.hpp"
#include "update/key_ring.hpp"
#include "zone/snapshot.hpp"

#include <memory>
#include <span>

namespace homing::server {

/// One request and the room for its reply. The reply overwrites the request.
struct exchange {
    std::span<std::uint8_t> buffer; ///< in: starts with the request; the whole span may be written
    std::size_t request_size = 0;
    bool over_tcp = false;
    socket_address const* client = nullptr; ///< who sent it; null: not known
    enum class verdict : std::uint8_t {
        reply,   ///< buffer holds the reply, reply_size octets
        silence, ///< nothing is to be sent: a response, or shorter than a header
        update,  ///< an UPDATE, untouched: the caller's
        notify,  ///< a NOTIFY, untouched: the caller's
        transfer ///< AXFR over TCP or IXFR, untouched: the caller's
    } result = verdict::silence;
    std::size_t reply_size = 0;
    dns::rcode rcode = dns::rcode::noerror; ///< of a reply, for the counters
};

/// What became of a query that was signed.
struct signed_query {
    exchange const* which;
    update::granted_key const* key =
        nullptr; ///< whose signature it was; null: its signature does not count. Lives as long as the ring
    dns::rcode rcode = dns::rcode::noerror; ///< other than noerror: refused
    std::string reason;                     ///< why
    dns::name claimed_key;                  ///< the name that stands in its TSIG
    dns::name name;                         ///< what it asked for
    dns::rr_type type = dns::rr_type::none;
};

class responder {
public:
    struct options {
        std::uint16_t udp_size = dns::default_udp_size; ///< the most that is sent in one datagram, and what our OPT says
    };
    explicit responder(options);
    ~responder();

    /// Fills in `result`, `reply_size` and `rcode` of each exchange. `now`: seconds since 1970, for TSIG. Precondition: buffers have at least
    /// dns::header_size + dns::max_name_size + 4 + 11 octets (UDP), 65535 (TCP).
    void answer(zone::snapshot const&, update::key_ring const&, std::span<exchange>, std::uint64_t now);

    /// Of the last call of `answer`. Empty nearly always.
    std::span<signed_query const> signed_queries() const noexcept;

private:
    struct working_set;
    std::unique_ptr<working_set> working_;
};

} // namespace homing::server
