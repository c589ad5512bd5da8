// A parsed view of one message from outside, without copying it, and the replies that need no zone.
//
// Parsing never fails silently: what can be read of a bad message is there, so that FORMERR can be sent. Views borrow the message's
// bytes. No allocation. Any thread.
#pragma once

#include "dns/wire_reader.hpp"
#include "dns/wire_writer.hpp"

namespace homing::dns {

struct header {
    std::uint16_t id = 0, flags = 0;
    std::uint16_t counts[4] = {}; ///< QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT; of an UPDATE: zone, prerequisite, update, additional

    dns::opcode opcode() const noexcept { return static_cast<dns::opcode>((flags >> 11) & 15); }
    bool is_response() const noexcept { return (flags & header_bits::qr) != 0; }

    /// Nothing for fewer than 12 octets.
    static std::optional<header> read(std::span<std::uint8_t const> message) noexcept
    {
        if (message.size() < header_size)
            return {};
        auto const word = [&](std::size_t i) { return static_cast<std::uint16_t>(message[2 * i] << 8 | message[2 * i + 1]); };
        return header{word(0), word(1), {word(2), word(3), word(4), word(5)}};
    }
};

/// One record, its rdata not yet looked at.
struct record_view {
    name owner;
    rr_type type = rr_type::none;
    rr_class klass = rr_class::in;
    std::uint32_t ttl = 0;
    std::size_t start = 0;    ///< offset of its owner in the message
    std::size_t rdata_at = 0; ///< offset of its rdata
    std::uint16_t rdata_size = 0;
};

/// Reads a record and moves past it; latches the reader on failure.
void read_record(wire_reader&, record_view&) noexcept;

struct edns_view {
    bool present = false;
    std::uint8_t version = 0;
    bool dnssec_ok = false;
    bool wants_expire = false; ///< it asks how long the zone counts without its primary (RFC 7314)
    std::uint16_t udp_size = 512;
};

struct question_view {
    name qname; ///< in the case it came in
    rr_type type = rr_type::none;
    rr_class klass = rr_class::in;
    std::size_t end = header_size; ///< offset behind it
};

/// What can be said of a whole request before its sections are looked at in detail.
struct request_view {
    dns::header header;
    question_view question;       ///< of an UPDATE: the zone section
    std::size_t sections[4] = {}; ///< offsets where the sections start
    edns_view edns;
    std::size_t tsig_at = 0;      ///< offset of the TSIG record, 0 for none
    rcode error = rcode::noerror; ///< formerr or badvers; then only what stands before the fault is set
    bool has_question = false;    ///< question is set (also when error is)

    /// Precondition: at least 12 octets. Walks every record once: FORMERR for what does not parse, trailing octets, QDCOUNT other
    /// than 1, two OPT, an OPT or TSIG outside the additional section, an OPT's owner other than the root, a TSIG that is not last.
    static request_view read(std::span<std::uint8_t const> message) noexcept;
};

/// Turns the request in `buffer` into a reply without records, in place: header with QR, opcode, RD and `rcode`; the question as it came if
/// there is one; an OPT if the request had one. Returns the reply's size. Precondition: buffer holds the request, with room for 11 more octets.
std::size_t write_bare_reply(std::span<std::uint8_t> buffer, request_view const&, rcode, std::uint16_t extra_flags = 0) noexcept;

/// Appends an OPT: our UDP size, the extended part of `rcode`, DO as the request had it, and an Extended DNS Error (RFC 8914) with a text if
/// `ede` is set. Does not touch ARCOUNT. 11 octets without EDE.
void write_opt(wire_writer&, edns_view const& request, rcode, std::uint16_t our_udp_size, std::optional<extended_error> ede = {},
               std::string_view ede_text = {}) noexcept;

/// Appends an OPT with the EXPIRE option (RFC 7314 2) alone: seconds for which a secondary may answer from the zone. 19 octets.
void write_expire_opt(wire_writer&, edns_view const& request, std::uint16_t our_udp_size, std::uint32_t expire) noexcept;

/// What we say that we can receive, and the most that we send in one datagram (DNS flag day 2020).
inline constexpr std::uint16_t default_udp_size = 1232;

} // namespace homing::dns
