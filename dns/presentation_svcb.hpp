// The service parameters of SVCB and HTTPS (RFC 9460 2.1 and appendix A) as text.
//
// Read strictly: no key twice, values as their key wants them. Printed keys 7 and up are keyNNN, which servers that do not know their
// names read too. Pure functions, any thread.
#pragma once

#include "dns/presentation_token.hpp"

#include <vector>

namespace homing::dns {

/// Appends the parameters in wire form, by ascending key. False: `error` says why, `out` holds garbage from its former end on.
bool parse_service_parameters(std::span<text_token const> words, std::vector<std::uint8_t>& out, std::string& error);

/// Appends " key=value" for each. False if the bytes are not parameters.
bool print_service_parameters(std::string& out, std::span<std::uint8_t const>);

} // namespace homing::dns
