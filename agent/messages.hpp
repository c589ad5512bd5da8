// The DNS messages that an agent sends, and what it makes of those that it gets.
//
// Replies come from whoever sent them: they are read with bounds, and count only if their ID, opcode and question are the request's and, where
// the request was signed, their signature is right. Pure functions; any thread.
#pragma once

#include "agent/ip_address.hpp"
#include "dns/message.hpp"
#include "dns/tsig.hpp"

#include <variant>
#include <vector>

namespace homing::agent {

/// A or AAAA
dns::rr_type type_of(address_family) noexcept;

/// A message ready to be sent.
struct request {
    std::vector<std::uint8_t> message;
    std::vector<std::uint8_t> mac; ///< of its signature; empty: it is not signed
};

/// `recurse`: for a resolver, to find it elsewhere.
request make_query(std::uint16_t id, dns::name_view, dns::rr_type, bool recurse);
/// "Which address do I come from?" `time`: seconds since 1970.
request make_whoami(std::uint16_t id, address_family, dns::tsig_key const&, std::uint64_t time);

/// What the addresses of one family are to be: none, or one.
struct replacement {
    address_family family;
    std::optional<ip_address> address;

    friend bool operator==(replacement const&, replacement const&) noexcept = default;
};
/// An UPDATE (RFC 2136) that replaces the host's RRsets of these families and touches nothing else.
request make_update(std::uint16_t id, dns::name_view zone, dns::name_view host, std::uint32_t ttl, std::span<replacement const>,
                    dns::tsig_key const&, std::uint64_t time);

/// Why a message is no reply to a request.
enum class reply_fault : std::uint8_t { malformed, unrelated, wrongly_signed };

struct reply {
    dns::rcode rcode = dns::rcode::noerror;
    dns::rcode signature_error = dns::rcode::noerror; ///< BADKEY, BADSIG, BADTIME, BADTRUNC
    bool is_truncated = false;
    bool is_authentic = false;                ///< signed, and rightly so; never where the request was not signed
    std::optional<std::uint64_t> server_time; ///< of an authentic BADTIME: seconds since 1970
};

/// `key`: what the request was signed with, or null. An error without a signature is a reply, as it can be one (RFC 8945 5.3.2), but anybody can
/// have sent it.
std::variant<reply, reply_fault> read_reply(std::span<std::uint8_t const> message, request const&, dns::tsig_key const*,
                                            std::uint64_t time);

// What stands in a reply that was read.

/// Addresses in the answer: of `owner`, or of whatever name if it is null (an alias's).
std::vector<ip_address> addresses_in(std::span<std::uint8_t const> reply, dns::rr_type, dns::name const* owner);

struct zone_and_primary {
    dns::name zone, primary; ///< the SOA's owner and MNAME
};
/// The first SOA of the answer or the authority whose owner is at or above `host`.
std::optional<zone_and_primary> soa_in(std::span<std::uint8_t const> reply, dns::name_view host);

} // namespace homing::agent
