// zone check, and zone import of one file.
#include "server/commands/checked_file.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/directory_import.hpp"
#include "server/commands/speech.hpp"

namespace homing::server {

namespace {

std::string counted(std::size_t n, char const* what)
{
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

/// The one file that the command was given, read and checked; what there is to say about it is said.
checked_file read_only_file(console& io, dns::name_view origin)
{
    auto file = io.next_file();
    if (!file)
        return {std::nullopt, {"no file was given"}, {}};
    auto checked = read_and_check(std::move(*file), origin, [&](auto done, auto total) { io.progress(done, total); });
    for (auto const* lines : {&checked.errors, &checked.warnings})
        for (auto const& line : *lines)
            io.err(line);
    return checked;
}

exit_code import_file(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
    auto checked = read_only_file(io, *origin);
    if (!checked.zone)
        return fail(io, "{} is not imported: {} in {}", origin->to_string(), counted(checked.errors.size(), "error"),
                    given.one("FILE"));
    std::size_t const records = checked.zone->record_count();
    auto const outcome = execute(io, store, update::put_zone{std::move(*checked.zone), false}, "import");
    if (!outcome.ok())
        return exit_code::failed;
    say(io, "{} {}: {}, serial {}", origin->to_string(), outcome.changed ? "imported" : "is as it was",
        counted(records, "record"), outcome.serial);
    return exit_code::done;
}

} // namespace

exit_code zone_check(console& io, arguments const& given, std::string const&)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
    auto const checked = read_only_file(io, *origin);
    if (!checked.zone)
        return fail(io, "{} cannot be served: {} in {}", origin->to_string(), counted(checked.errors.size(), "error"),
                    given.one("FILE"));
    say(io, "{} is good: {}, {}", origin->to_string(), counted(checked.zone->record_count(), "record"),
        counted(checked.warnings.size(), "warning"));
    return exit_code::done;
}

exit_code zone_import(console& io, arguments const& given, open_store& store)
{
    bool const whole_directory = given.has("--all");
    if (whole_directory && (given.has("ORIGIN") || given.has("FILE")))
        return reject(io, "--all imports every NAME.zone of a directory and goes without ORIGIN and FILE");
    if (whole_directory)
        return directory_import{io, store}.run(given.one("--all"));
    if (!given.has("ORIGIN") || !given.has("FILE"))
        return reject(io, "ORIGIN and FILE are missing: zone import ORIGIN FILE, or zone import --all DIRECTORY");
    return import_file(io, given, store);
}

} // namespace homing::server
