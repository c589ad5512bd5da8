// What the person asked for: the words of the command line and the environment, read by the table of commands.
//
// Pure functions of their arguments; any thread.
#pragma once

#include "server/commands/command.hpp"

#include <functional>
#include <span>
#include <string>
#include <variant>

namespace homing::server {

/// A command to be run. Its arguments agree with the table (`misuse` found nothing).
struct invocation {
    command const* what;
    arguments given;
    std::string data_directory;
};

/// Nothing to run, but something to say: help on standard output, or what is wrong on standard error.
struct usage_answer {
    std::string text;
    exit_code code;
};

/// As getenv(3).
using environment = std::function<char const*(char const*)>;

/// `words`: without the program's name. A variable HOMING_X stands for the option --x where that was not given; where it may repeat, the
/// variable holds a list, separated by commas or spaces. A flag's is off if it is 0, no, off or false, and on otherwise; an empty variable counts
/// as none. A setting that is given neither way is taken from the file that --config or HOMING_CONFIG names, or else from `usual_file`, if that
/// is there.
std::variant<invocation, usage_answer> read_command_line(std::span<std::string const> words, environment const&,
                                                         std::string const& usual_file = {});

/// A sentence for each variable HOMING_... that stands for nothing, as it is when it was misspelt. `names`: of all variables there are. Silent about
/// those that container engines make up for a service of this name (HOMING_PORT..., HOMING_SERVICE_...).
std::vector<std::string> complaints_about(std::span<std::string_view const> names);

/// The help for a command ("zone add"), for a group of them ("zone") or for all ("").
std::string help(std::string_view path);

inline constexpr char const* default_configuration_file = "/etc/homing/homing.toml";
inline constexpr char const* default_data_directory = "/var/lib/homing";

} // namespace homing::server
