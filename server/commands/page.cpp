#include "server/commands/page.hpp"

#include "server/commands/speech.hpp"

#include <charconv>

namespace homing::server {

std::optional<std::size_t> read_page_limit(console& io, arguments const& given)
{
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    if (!given.has("--limit"))
        return limit;
    std::string const& text = given.one("--limit");
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error == std::errc{} && end == text.data() + text.size() && limit > 0)
        return limit;
    reject(io, "--limit {}: how many, from 1 on", text);
    return std::nullopt;
}

std::optional<page> read_page(console& io, arguments const& given)
{
    page wanted;
    auto const limit = read_page_limit(io, given);
    if (!limit)
        return std::nullopt;
    wanted.limit = *limit;
    if (given.has("--after")) {
        wanted.after = read_name(io, given, "--after");
        if (!wanted.after)
            return std::nullopt;
    }
    return wanted;
}

} // namespace homing::server
