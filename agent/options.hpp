// The words on an agent's command line, and what they come to.
#pragma once

#include "agent/credentials.hpp"
#include "agent/settings.hpp"

#include <functional>
#include <map>
#include <span>

namespace homing::agent {

struct option {
    std::string_view name;  ///< "--host"
    std::string_view value; ///< for the help; empty: a flag
    std::string_view help;
    bool may_repeat = false;
};
/// All there are.
std::span<option const> options() noexcept;

/// The values given, by the option's name; a flag has an empty one.
using given_options = std::map<std::string, std::vector<std::string>, std::less<>>;

/// "--name value", "--name=value". Fault: what is wrong with the words.
std::variant<given_options, fault> read_words(std::span<std::string const> words);

/// Reads the files that are named, too. Nothing else is touched. `resolv_conf`: the path of that file.
std::variant<settings, fault> read_settings(given_options const&, std::string const& resolv_conf = "/etc/resolv.conf");

/// The name servers in the text of a resolv.conf(5): the first three, or the one on this machine if there are none.
std::vector<endpoint> read_resolvers(std::string_view text);

} // namespace homing::agent
