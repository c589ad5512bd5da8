#include "server/configuration_file.hpp"

#include "server/file_descriptor.hpp"

#include <toml++/toml.h>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homing::server {

namespace {

constexpr std::size_t most_octets = 1U << 20;

dns::failure at(std::string const& name, toml::source_region const& where, std::string const& what)
{
    return {fmt::format("{}:{}: {}", name, where.begin.line, what)};
}

/// A value that is one word; empty if it is not.
std::optional<std::string> to_word(toml::node const& node)
{
    if (auto const* const text = node.as_string())
        return text->get();
    if (auto const* const number = node.as_integer())
        return std::to_string(number->get());
    return std::nullopt;
}

std::string_view expected(parameter const& setting)
{
    return setting.is_flag() ? "true or false" : setting.may_repeat() ? "a string, or a list of strings" : "a string";
}

std::optional<std::vector<std::string>> to_words(toml::node const& node, parameter const& setting)
{
    if (setting.is_flag()) {
        auto const* const on = node.as_boolean();
        return on == nullptr ? std::nullopt : std::optional{std::vector<std::string>{on->get() ? "true" : "false"}};
    }
    if (auto word = to_word(node))
        return std::vector<std::string>{std::move(*word)};
    auto const* const list = node.as_array();
    if (list == nullptr || !setting.may_repeat())
        return std::nullopt;
    std::vector<std::string> words;
    for (auto const& element : *list) {
        auto word = to_word(element);
        if (!word)
            return std::nullopt;
        words.push_back(std::move(*word));
    }
    return words;
}

parameter const* find(std::span<parameter const> settings, std::string_view key)
{
    for (auto const& s : settings)
        if (s.key() == key)
            return &s;
    return nullptr;
}

std::string no_such_key(std::span<parameter const> settings, std::string_view key)
{
    std::vector<std::string_view> known;
    for (auto const& s : settings)
        known.push_back(s.key());
    std::string const dashed = [&] {
        std::string text{key};
        std::replace(text.begin(), text.end(), '_', '-');
        return text;
    }();
    auto const meant = nearest(dashed, known);
    return fmt::format("there is no setting '{}'{}", key,
                       meant.empty() ? std::string{"; 'homing configuration' shows those there are"}
                                     : fmt::format("; did you mean '{}'?", meant));
}

dns::result<configuration_file> collect(toml::table const& table, std::string name, std::span<parameter const> settings)
{
    configuration_file file{std::move(name), {}};
    for (auto const& [key, node] : table) {
        parameter const* const setting = find(settings, key.str());
        if (setting == nullptr)
            return at(file.name, key.source(), no_such_key(settings, key.str()));
        auto words = to_words(node, *setting);
        if (!words)
            return at(file.name, node.source(), fmt::format("{} wants {}", key.str(), expected(*setting)));
        file.values.emplace(key.str(), configuration_file::entry{std::move(*words), key.source().begin.line});
    }
    return file;
}

dns::failure unreadable(std::string const& name, int error)
{
    return {fmt::format("{}: {}", name, std::generic_category().message(error))};
}

} // namespace

std::string configuration_file::place(std::string_view key) const
{
    return fmt::format("{}:{}: {}", name, values.find(key)->second.line, key);
}

dns::result<configuration_file> parse_configuration(std::string_view text, std::string name, std::span<parameter const> settings)
{
    try {
        return collect(toml::parse(text), name, settings);
    } catch (toml::parse_error const& e) {
        return at(name, e.source(), std::string{e.description()});
    }
}

dns::result<configuration_file> read_configuration(std::string const& name, std::span<parameter const> settings)
{
    file_descriptor const file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return unreadable(name, errno);
    if (S_ISDIR(status.st_mode))
        return unreadable(name, EISDIR);
    if (!S_ISREG(status.st_mode))
        return configuration_file{name, {}};
    std::string text(most_octets + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        ssize_t const n = ::read(file.get(), text.data() + size, text.size() - size);
        if (n < 0 && errno != EINTR)
            return unreadable(name, errno);
        if (n == 0)
            break;
        size += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    }
    if (size > most_octets)
        return dns::failure{fmt::format("{}: longer than {} octets", name, most_octets)};
    return parse_configuration({text.data(), size}, name, settings);
}

} // namespace homing::server
