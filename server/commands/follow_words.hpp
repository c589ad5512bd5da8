// Words about primaries that several commands read, and what is said of zones that are followed.
//
// As thread safe as the console.
#pragma once

#include "server/commands/command.hpp"

#include <optional>

namespace homing::server {

/// What is stored of these primaries; otherwise says what is wrong with them.
std::optional<std::string> read_primary_words(console&, std::string_view parameter, std::vector<std::string> const&);

/// What --key says: the name of a key that is here, or ALGORITHM:NAME:SECRET of one that then is, without any right. Octets of its name; empty
/// without --key. Otherwise says what is wrong, and `code` is what the command ends with.
std::optional<std::string> read_shared_key(console&, arguments const&, open_store&, exit_code& code);

/// "secondary of 192.0.2.1:53", with what is the matter with it.
std::string to_words(update::follow_book::entry const&, bool is_available);

} // namespace homing::server
