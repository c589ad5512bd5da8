// How commands speak: sentences for people, names read from people, and requests put to the writer.
//
// As thread safe as the console.
#pragma once

#include "dns/name.hpp"
#include "server/commands/command.hpp"
#include "zone/check.hpp"

#include <fmt/format.h>

#include <optional>

namespace homing::server {

/// A line on standard output.
template <class... Arguments>
void say(console& to, fmt::format_string<Arguments...> text, Arguments&&... values)
{
    to.out(fmt::format(text, std::forward<Arguments>(values)...) + '\n');
}

template <class... Arguments>
void warn(console& to, fmt::format_string<Arguments...> text, Arguments&&... values)
{
    to.err("homing: warning: " + fmt::format(text, std::forward<Arguments>(values)...));
}

/// Says why the command could not do it.
template <class... Arguments>
exit_code fail(console& to, fmt::format_string<Arguments...> text, Arguments&&... values)
{
    to.err("homing: " + fmt::format(text, std::forward<Arguments>(values)...));
    return exit_code::failed;
}

/// Says what is wrong with the words that the command was given.
template <class... Arguments>
exit_code reject(console& to, fmt::format_string<Arguments...> text, Arguments&&... values)
{
    to.err("homing: " + fmt::format(text, std::forward<Arguments>(values)...));
    return exit_code::misused;
}

/// The domain name that was given as `parameter`; otherwise says what is wrong with it.
std::optional<dns::name> read_name(console&, arguments const&, std::string_view parameter);
std::optional<dns::name> read_name(console&, std::string_view parameter, std::string_view text);

/// The number of a change, as `history` shows it; otherwise says what is wrong with it.
std::optional<std::int64_t> read_change(console&, std::string_view text);
exit_code no_such_change(console&, std::int64_t number);

/// Says that there is no such zone, and how to see those there are.
exit_code no_such_zone(console&, dns::name_view origin);

/// Puts the request to the writer as the user's and waits. Says why where it is not done. `via`: as the journal has it, where that is not what the
/// command came over.
update::outcome execute(console&, open_store&, decltype(update::request::what), char const* via = nullptr);

/// "FILE:LINE: error: ...", as compilers write it.
std::string to_line(std::string const& file, zone::finding const&);

} // namespace homing::server
