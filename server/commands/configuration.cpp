// configuration: the settings of the server, as they would be found, and what there is to set.
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"

#include <algorithm>

namespace homing::server {

namespace {

/// As it stands in homing.toml.
std::string to_toml(parameter const& p, std::vector<std::string> const& words)
{
    if (p.is_flag())
        return fmt::format("{} = {}", p.key(), words.empty() ? "false" : "true");
    std::string list;
    for (auto const& word : words) {
        std::string quoted;
        for (char const c : word)
            (c == '"' || c == '\\') ? quoted += '\\', quoted += c : quoted += c;
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", quoted);
    }
    return p.may_repeat() ? fmt::format("{} = [{}]", p.key(), list) : fmt::format("{} = {}", p.key(), list);
}

std::string example()
{
    std::string text =
        "# The settings of homing. This file is read from /etc/homing/homing.toml, or where --config or HOMING_CONFIG say.\n"
        "# A flag or a variable of the environment counts more than what stands here.\n";
    for (auto const& p : all_settings())
        text += fmt::format("\n# {}\n# {}\n", p.help, to_toml(p, {std::string{p.value}}));
    return text;
}

std::string table()
{
    std::string text = "| in homing.toml | flag | variable | |\n|---|---|---|---|\n";
    for (auto const& p : all_settings())
        text += fmt::format("| `{}` | `{}{}{}` | `{}` | {} |\n", p.key(), p.name, p.is_flag() ? "" : " ", p.value,
                            p.environment_variable(), p.help);
    return text;
}

std::string in_force(arguments const& given, std::string const& directory)
{
    std::string text;
    for (auto const& p : all_settings()) {
        auto const words = p.name == data_option.name ? std::vector{directory} : given.all(p.name);
        text += words.empty()
                    ? fmt::format("# {}  # not set\n", to_toml(p, p.is_flag() ? words : std::vector{std::string{p.value}}))
                    : fmt::format("{}  # {}\n", to_toml(p, words), given.source(p.name));
    }
    return text;
}

} // namespace

exit_code configuration(console& io, arguments const& given, std::string const& directory)
{
    std::string const text = given.has("--example") ? example() : given.has("--table") ? table() : in_force(given, directory);
    return io.out(text) ? exit_code::done : exit_code::failed;
}

} // namespace homing::server
