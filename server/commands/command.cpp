#include "server/commands/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace homing::server {

void arguments::add(std::string_view name, std::string value)
{
    values_[std::string{name}].push_back(std::move(value));
}

void arguments::set_source(std::string_view name, std::string source)
{
    sources_.insert_or_assign(std::string{name}, std::move(source));
}

std::string_view arguments::source(std::string_view name) const noexcept
{
    auto const it = sources_.find(name);
    return it == sources_.end() ? name : std::string_view{it->second};
}

bool arguments::has(std::string_view name) const noexcept
{
    return !all(name).empty();
}

std::string const& arguments::one(std::string_view name) const noexcept
{
    static std::string const none;
    auto const& values = all(name);
    return values.empty() ? none : values.front();
}

std::vector<std::string> const& arguments::all(std::string_view name) const noexcept
{
    static std::vector<std::string> const none;
    auto const it = values_.find(name);
    return it == values_.end() ? none : it->second;
}

std::string parameter::environment_variable() const
{
    std::string variable = "HOMING_";
    for (char const c : name.substr(2))
        variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return variable;
}

parameter const* command::find(std::string_view parameter_name) const noexcept
{
    auto const it = std::find_if(parameters.begin(), parameters.end(), [&](auto const& p) { return p.name == parameter_name; });
    return it == parameters.end() ? nullptr : &*it;
}

command const* find_command(std::string_view path) noexcept
{
    auto const all = all_commands();
    auto const it = std::find_if(all.begin(), all.end(), [&](auto const& c) { return c.path == path; });
    return it == all.end() ? nullptr : &*it;
}

bool is_namesake_of_setting(parameter const& p) noexcept
{
    auto const settings = all_settings();
    return std::any_of(settings.begin(), settings.end(), [&](auto const& s) { return s.name == p.name && s.help != p.help; });
}

std::string misuse(command const& c, arguments const& given)
{
    for (auto const& [name, values] : given.values()) {
        parameter const* const p = c.find(name);
        if (p == nullptr)
            return fmt::format("'{}' takes no {}", c.path, name);
        if (values.size() > 1 && !p->may_repeat())
            return fmt::format("{} can be given once only", name);
    }
    for (auto const& p : c.parameters)
        if (p.is_needed() && !given.has(p.name))
            return fmt::format("{} is missing", p.name);
    return {};
}

namespace {

/// Edits that turn one word into the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            std::size_t const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view word, std::span<std::string_view const> known)
{
    std::string_view best;
    std::size_t least = word.size() / 3 + 2;
    if (word.size() > 64)
        return best;
    for (std::string_view const candidate : known)
        if (std::size_t const d = distance(word, candidate); d < least)
            least = d, best = candidate;
    return best;
}

} // namespace homing::server
