// Text <-> names, types and rdata (RFC 1035 5.1, RFC 3597). The only place where ldns works.
//
// What is printed reads back as the same rdata, in this program and in others; what ldns does not know is printed as
// `TYPEnnn` and `\# length hex`. Thread safe.
#pragma once

#include "dns/rdata.hpp"
#include "dns/result.hpp"

#include <string>
#include <string_view>

namespace homing::dns {

/// "AAAA", "TYPE65280".
std::string to_string(rr_type);
/// Any case; also "TYPEnnn". Nothing if unknown.
std::optional<rr_type> rr_type_from_text(std::string_view);

/// "NOERROR", "BADVERS" (as an rcode above 15), ...
std::string to_string(rcode);

/// `rdata` of `type` as in a zone file, names absolute.
std::string to_text(rr_type, rdata_view);

/// The rdata of `type` from presentation form; relative names end at `origin`. The failure says which part is wrong.
result<std::vector<std::uint8_t>> rdata_from_text(rr_type, std::string_view text, name_view origin);

/// A domain name as people write it in a command: absolute, with or without the final dot. The failure says what is wrong.
result<name> name_from_text(std::string_view text);

/// A TTL: seconds, or BIND's units ("1h30m"); at most 2^31 - 1 (RFC 2181 8).
std::optional<std::uint32_t> ttl_from_text(std::string_view);

} // namespace homing::dns
