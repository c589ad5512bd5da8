// The name that a client asks for to learn which address it comes from: whoami.homing.invalid.
//
// Nobody can own a name below invalid. (RFC 6761 6.4), so a server that does not know this one refuses it or says that it is not there.
#pragma once

#include "dns/name.hpp"

namespace homing::dns {

inline name_view whoami_name() noexcept
{
    static constexpr std::uint8_t wire[] = "\x06whoami\x06homing\x07invalid"; // the final 0 is the root label
    return {wire, sizeof wire};
}

} // namespace homing::dns
