// Rdata as the text of zone files, by the table of presentation_fields.hpp.
//
// Appends to a string, so that a writer of many records allocates rarely. Pure functions, any thread.
#pragma once

#include "dns/rdata.hpp"

#include <string>

namespace homing::dns {

/// As name_view::to_string.
void print_name(std::string& out, name_view);
/// In quotes, with escapes.
void print_string(std::string& out, std::span<std::uint8_t const>);
void print_number(std::string& out, std::uint32_t);
/// The mnemonic, or TYPEnnn.
void print_type(std::string& out, rr_type);

/// Prints in the type's own form and answers true; or, where there is none or it would not read back as the same octets, in the form for
/// unknown types (RFC 3597) and answers false.
bool print_rdata(std::string& out, rr_type, rdata_view);

/// The form for unknown types: `\# length hexadecimal`.
void print_generic(std::string& out, rdata_view);

} // namespace homing::dns
