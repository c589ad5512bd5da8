#include "server/commands/speech.hpp"

#include "dns/presentation.hpp"

#include <charconv>

namespace homing::server {

std::optional<dns::name> read_name(console& io, arguments const& given, std::string_view parameter)
{
    return read_name(io, parameter, given.one(parameter));
}

std::optional<dns::name> read_name(console& io, std::string_view parameter, std::string_view text)
{
    auto parsed = dns::name_from_text(text);
    if (parsed)
        return *parsed;
    reject(io, "{}: {}", parameter, parsed.error().message);
    return std::nullopt;
}

update::outcome execute(console& io, open_store& store, decltype(update::request::what) what, char const* via)
{
    auto const outcome = store.writer.execute({std::move(what), {"", store.user, via != nullptr ? via : store.via}});
    if (outcome.ok())
        return outcome;
    io.note(outcome.rcode == dns::rcode::servfail  ? fault::unavailable
            : outcome.rcode == dns::rcode::notauth ? fault::not_found
                                                   : fault::refused);
    fail(io, "{}", outcome.reason.empty() ? std::string{dns::mnemonic(outcome.rcode)} : outcome.reason);
    return outcome;
}

std::optional<std::int64_t> read_change(console& io, std::string_view text)
{
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number > 0)
        return number;
    reject(io, "'{}' is not the number of a change; 'homing history' shows them", text);
    return std::nullopt;
}

exit_code no_such_change(console& io, std::int64_t number)
{
    io.note(fault::not_found);
    return fail(io, "there is no change {} in the journal: it was never made, or is so old that it is no longer kept", number);
}

std::string to_line(std::string const& file, zone::finding const& f)
{
    char const* const level = f.level == zone::finding::severity::error ? "error" : "warning";
    return f.line == 0 ? fmt::format("{}: {}: {}", file, level, f.message)
                       : fmt::format("{}:{}: {}: {}", file, f.line, level, f.message);
}

exit_code no_such_zone(console& io, dns::name_view origin)
{
    io.note(fault::not_found);
    return fail(io, "there is no zone {} here; 'homing zone list' shows those there are", origin.to_string());
}

} // namespace homing::server
