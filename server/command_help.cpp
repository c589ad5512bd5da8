// The text of --help, made from the table of commands.
#include "server/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace homing::server {

namespace {

constexpr std::size_t most_columns = 130;

struct row {
    std::string left;
    std::string_view right;
};

std::string to_columns(std::vector<row> const& rows)
{
    std::size_t width = 0;
    for (auto const& r : rows)
        width = std::max(width, r.left.size());
    std::string text;
    for (auto const& r : rows)
        text += fmt::format("  {:<{}}  {}\n", r.left, width, r.right);
    return text;
}

std::string usage(parameter const& p)
{
    std::string word{p.name};
    if (p.is_option() && !p.is_flag())
        word += fmt::format(" {}", p.value);
    if (!p.is_needed())
        word = '[' + word + ']';
    return p.may_repeat() ? word + "..." : word;
}

std::string left_column(parameter const& p)
{
    return p.is_option() && !p.is_flag() ? fmt::format("{} {}", p.name, p.value) : std::string{p.name};
}

/// Words with a blank between them, in lines of a bounded width; those after the first are indented.
std::string wrap(std::string text, std::vector<std::string> const& words, std::size_t indent)
{
    std::size_t start = 0; // of the line
    for (auto const& word : words) {
        if (text.size() - start + 1 + word.size() > most_columns) {
            text += '\n';
            start = text.size();
            text.append(indent - 1, ' ');
        }
        text += ' ' + word;
    }
    return text;
}

std::string command_help(command const& c)
{
    std::vector<row> rows;
    std::vector<std::string> words, variables{data_option.environment_variable()};
    for (auto const& p : c.parameters) {
        words.push_back(usage(p));
        rows.push_back({left_column(p), p.help});
        if (!p.is_option() || is_namesake_of_setting(p))
            continue;
        variables.back() += ',';
        variables.push_back(p.environment_variable());
    }
    variables.back() += ',';
    variables.push_back(config_option.environment_variable());
    for (auto const* p : {&data_option, &config_option}) {
        words.push_back(usage(*p));
        rows.push_back({left_column(*p), p->help});
    }
    std::string const line = wrap(fmt::format("usage: homing {}", c.path), words, 7);
    std::string text = fmt::format("{}\n\n{}\n\n{}", line, c.summary, to_columns(rows));
    if (!c.details.empty())
        text += fmt::format("\n{}\n", c.details);
    return text + '\n' + wrap("Environment:", variables, 13) + '\n';
}

std::string list_commands(std::string_view group)
{
    std::vector<row> rows;
    for (auto const& c : all_commands())
        if (!c.is_hidden && (group.empty() || c.path.starts_with(std::string{group} + ' ')))
            rows.push_back({std::string{c.path}, c.summary});
    return to_columns(rows);
}

} // namespace

std::string help(std::string_view path)
{
    if (command const* const c = find_command(path))
        return command_help(*c);
    if (!path.empty())
        return fmt::format("usage: homing {} COMMAND ...\n\n{}\n\n{}\n'homing {} COMMAND --help' explains a command.\n", path,
                           group_summary(path), list_commands(path), path);
    return fmt::format(
        "usage: homing COMMAND ... [--data DIR]\n\n"
        "An authoritative DNS server whose names follow moving addresses.\n\n{}\n{}\n"
        "'homing COMMAND --help' explains a command. The commands work while the server runs and while it does not.\n"
        "Each option has an environment variable: HOMING_DATA for --data. 'homing configuration' shows what is set, and where.\n",
        list_commands(""),
        to_columns({{left_column(data_option), data_option.help}, {left_column(config_option), config_option.help}}));
}

} // namespace homing::server
