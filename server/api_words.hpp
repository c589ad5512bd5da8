// What a call of the API gives, as the words of a command.
//
// Everything comes from outside: unknown members are refused, with the one that was probably meant. Pure functions; any thread.
#pragma once

#include "dns/result.hpp"
#include "server/api_routes.hpp"
#include "server/commands/command.hpp"

#include <map>

namespace homing::server {

/// What was given, by the names of the fields, besides the words for the command.
struct api_words {
    arguments words;
    std::map<std::string, std::string, std::less<>> given; ///< the first value of each
    std::size_t limit = 100;                               ///< of a list
    std::string after;                                     ///< its cursor
};

inline constexpr std::size_t max_api_page = 1000;

/// The failure is a sentence about the call.
dns::result<void> read_path(api_route const&, std::vector<std::string> const& words, api_words&);
dns::result<void> read_query(api_route const&, std::string_view query, api_words&);
/// `body`: JSON, or nothing.
dns::result<void> read_body(api_route const&, std::string_view body, api_words&);

} // namespace homing::server
