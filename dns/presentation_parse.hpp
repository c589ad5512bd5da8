// Rdata from the words of zone-file text, by the table of presentation_fields.hpp.
//
// What is appended is valid rdata of its type (rdata.hpp), or the answer is false. Pure functions, any thread.
#pragma once

#include "dns/presentation_token.hpp"

#include <vector>

namespace homing::dns {

/// Appends the rdata of `type` that the words stand for; relative names end at `origin`. False: `error` says in a sentence (without its
/// full stop) what is wrong, and `out` is as it was.
bool parse_rdata(rr_type type, std::span<text_token const> words, name_view origin, std::vector<std::uint8_t>& out,
                 std::string& error);

} // namespace homing::dns
