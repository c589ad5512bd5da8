#include "server/commands/checked_file.hpp"

#include "server/commands/speech.hpp"

namespace homing::server {

namespace {

void add_lines(checked_file& to, std::string const& file, std::vector<zone::finding> const& findings)
{
    for (auto const& f : findings)
        (f.level == zone::finding::severity::error ? to.errors : to.warnings).push_back(to_line(file, f));
}

} // namespace

checked_file read_and_check(input_file file, dns::name_view origin, zone::progress const& progress)
{
    checked_file result;
    if (!file.error.empty()) {
        result.errors.push_back(file.name + ": error: " + file.error);
        return result;
    }
    stream const from = open_input(file);
    auto reading = zone::read_zone_file(from.get(), file.name, origin, progress);
    if (!reading) {
        result.errors.push_back(reading.error().message);
        return result;
    }
    add_lines(result, file.name, reading->errors);
    // What a line with an error would have brought is missing, so the zone as a whole is judged only without such lines.
    if (result.errors.empty())
        add_lines(result, file.name, zone::check(reading->zone));
    if (result.errors.empty())
        result.zone = std::move(reading->zone);
    return result;
}

} // namespace homing::server
