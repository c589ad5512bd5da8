// One record of a transfer's message: its owner by a pointer where it can be, the names in it compressed against the apex.
//
// Pure; any thread.
#pragma once

#include "dns/rdata.hpp"

namespace homing::zone {

/// False, and nothing of it is there, if it does not fit. `owner_at`: where its owner stands in the message, 0 for nowhere; becomes so. `relative`: the
/// owner without the labels of the apex, which stands at offset 12. `head`: type, class and TTL as they are sent, 8 octets.
inline bool write_transfer_record(dns::wire_writer& out, std::size_t& owner_at, std::span<std::uint8_t const> relative,
                                  dns::rr_type type, std::uint8_t const* head, dns::rdata_view rdata) noexcept
{
    constexpr std::uint16_t to_question = 0xC000 | dns::header_size;
    constexpr std::size_t pointer_reach = 0x4000;
    auto const mark = out.here();
    if (owner_at != 0)
        out.u16(static_cast<std::uint16_t>(0xC000U | owner_at));
    else {
        out.bytes(relative);
        out.u16(to_question);
    }
    out.bytes({head, 8});
    if (dns::has_compressible_names(type)) {
        std::size_t const length_at = out.position();
        out.u16(0);
        dns::write_rdata(out, type, rdata);
        if (out.ok())
            out.patch16(length_at, static_cast<std::uint16_t>(out.position() - length_at - 2));
    } else {
        out.u16(static_cast<std::uint16_t>(rdata.size()));
        out.bytes(rdata);
    }
    if (!out.ok()) {
        out.rewind(mark);
        return false;
    }
    out.forget_names(mark); // so that the search for a suffix stays short; the apex's is nearly all there is to gain
    if (owner_at == 0 && mark.position < pointer_reach)
        owner_at = mark.position;
    return true;
}

} // namespace homing::zone
