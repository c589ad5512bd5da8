// The rare types whose text ldns reads and prints for us: LOC, APL, NSAP, ATMA.
//
// ldns takes numbers that do not fit and cuts them down without a word (MX 70000 becomes 4464), pads hexadecimal digits and ends relative
// gateways at the root: so types whose text is a list of plain fields are read by presentation_parse.cpp. What ldns made is taken only if
// its own printing of it reads back the same. Thread safe.
#pragma once

#include "dns/rdata.hpp"

#include <string>

namespace homing::dns {

/// Appends the rdata that the text stands for. False if it is not in the form of this type; `out` is as it was then.
bool ldns_parse(rr_type, std::string const& text, std::vector<std::uint8_t>& out);

/// Appends the text. False if ldns cannot. Precondition: valid rdata of the type.
bool ldns_print(std::string& out, rr_type, rdata_view);

} // namespace homing::dns
