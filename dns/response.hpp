// A parsed view of one reply from another server, without copying it: for transfers in and for what precedes them.
//
// Like request_view, but a reply may come without its question (RFC 5936 2.2.1: the later messages of a transfer). Views borrow the
// message's bytes. No allocation. Any thread.
#pragma once

#include "dns/message.hpp"

namespace homing::dns {

struct response_view {
    dns::header header;
    std::optional<question_view> question;
    std::size_t sections[4] = {};        ///< offsets where the sections start
    std::size_t tsig_at = 0;             ///< offset of the TSIG record, 0 for none
    unsigned extended_rcode = 0;         ///< the header's and an OPT's part of it
    bool has_edns = false;
    std::optional<std::uint32_t> expire; ///< EDNS EXPIRE (RFC 7314), seconds

    dns::rcode rcode() const noexcept { return static_cast<dns::rcode>(extended_rcode); }
    bool is_truncated() const noexcept { return (header.flags & header_bits::tc) != 0; }

    /// Walks every record once. Nothing for what is no well-formed reply: no QR, several questions, records that do not parse, trailing octets,
    /// a misplaced TSIG or OPT.
    static std::optional<response_view> read(std::span<std::uint8_t const> message) noexcept;
};

} // namespace homing::dns
