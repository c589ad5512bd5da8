#include "server/refusal.hpp"

#include <algorithm>
#include <optional>

namespace homing::server {

namespace {

constexpr std::size_t max_reason = 200; // of a text for people; the reply stays below default_udp_size
constexpr std::size_t arcount_at = 10;

dns::extended_error extended(dns::rcode code)
{
    switch (code) {
    case dns::rcode::refused: return dns::extended_error::prohibited;
    case dns::rcode::notauth: return dns::extended_error::not_authoritative;
    case dns::rcode::formerr:
    case dns::rcode::notzone: return dns::extended_error::invalid_data;
    default: return dns::extended_error::other;
    }
}

} // namespace

std::size_t write_signed_reply(std::span<std::uint8_t> buffer, dns::request_view const& request,
                               dns::tsig_reply_state const& state, dns::tsig_key const* key, dns::rcode code,
                               std::string_view reason, std::uint64_t now)
{
    auto without_edns = request;
    without_edns.edns.present = false;
    auto signature = state;
    if (code == dns::rcode::badtime) { // it may have been executed before (RFC 8945 5.2.3)
        signature.status = {dns::rcode::notauth, dns::rcode::badtime};
        code = dns::rcode::notauth;
    }
    auto const size = dns::write_bare_reply(buffer, without_edns, code);
    dns::wire_writer reply{buffer, size, std::min<std::size_t>(buffer.size(), dns::max_message_size)};
    if (request.edns.present) {
        bool const say_why = signature.status.verified() && code != dns::rcode::noerror && !reason.empty();
        dns::write_opt(reply, request.edns, code, dns::default_udp_size, say_why ? std::optional{extended(code)} : std::nullopt,
                       reason.substr(0, max_reason));
        reply.patch16(arcount_at, 1);
    }
    // RFC 8945 5.2: what cannot be understood is answered without a TSIG.
    if (signature.status.rcode != dns::rcode::formerr)
        dns::sign_reply(reply, signature, key, now);
    return reply.position();
}

} // namespace homing::server
