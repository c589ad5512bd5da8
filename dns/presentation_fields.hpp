// How each RR type is written: one table from which rdata is read, printed and explained.
//
// Constants and pure functions, any thread.
#pragma once

#include "dns/types.hpp"

#include <optional>
#include <string_view>

namespace homing::dns {

/// How one type is written. `fields` has a letter for each field:
///
///     B H W  a number of 8, 16, 32 bits      n  a name                       x  hexadecimal to the end
///     T      a time in seconds or 1h30m      s  a string                     b  base64 to the end
///     D      a date, YYYYMMDDHHMMSS          S  one string or more           c  base64 to the end or nothing
///     4 6    an address                      o  a string or nothing          h  hexadecimal with its length, "-" for none
///     8      64 bits as 0:0:0:0              q  text to the end, no length   z  base32hex with its length
///     e E    EUI-48, EUI-64                  t  a CAA tag                    M  RR types as a bit map
///     Y      an RR type                      A  DNSSEC algorithm             C  certificate type
///     U V X  TLSA usage, selector, matching  K  service parameters           P  a host identity and its key (RFC 8005)
///     g      a gateway of the type that stands in the second octet           R  AMTRELAY's discovery bit and type
///     Q w    protocol of a WKS, its services    L  left to ldns
///
/// Empty: the type has no form of its own, only that of RFC 3597.
struct text_form {
    rr_type type;
    std::string_view mnemonic;
    std::string_view fields;
    std::string_view words; ///< what the fields are, in a word each
};

/// Null for types that have no name.
text_form const* find_text_form(rr_type) noexcept;
text_form const* find_text_form(std::string_view mnemonic) noexcept;

/// The value of a mnemonic in a field of that letter (A C Q U V X w), any case.
std::optional<std::uint16_t> value_of_mnemonic(char field, std::string_view word) noexcept;

/// Numbers of service parameters (RFC 9460 14.3.2).
namespace service_parameter {
inline constexpr std::uint16_t mandatory = 0, alpn = 1, no_default_alpn = 2, port = 3, ipv4hint = 4, ech = 5, ipv6hint = 6,
                               dohpath = 7, ohttp = 8;
} // namespace service_parameter

} // namespace homing::dns
