// The start of a message that asks somebody: header and question. Pure; any thread.
#pragma once

#include "dns/types.hpp"
#include "dns/wire_writer.hpp"

#include <array>

namespace homing::dns {

/// `flags`: the opcode's and other bits of the header's second word. `counts`: of records behind the question, by section. The class is IN.
inline void write_request_start(wire_writer& out, std::uint16_t id, std::uint16_t flags, name_view qname, rr_type type,
                                std::array<std::uint16_t, 3> counts = {}) noexcept
{
    out.u16(id);
    out.u16(flags);
    out.u16(1);
    for (auto const count : counts)
        out.u16(count);
    out.plain(qname);
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(rr_class::in));
}

} // namespace homing::dns
