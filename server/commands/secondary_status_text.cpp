#include "server/commands/secondary_status_text.hpp"

#include "server/commands/time_text.hpp"

#include <fmt/format.h>

namespace homing::server {

namespace {

using json = nlohmann::ordered_json;

std::string time_or_never(std::optional<secondary_status::time> t)
{
    return t ? to_time(*t) : "never";
}

json time_or_null(std::optional<secondary_status::time> t)
{
    return t ? json(to_time(*t)) : json{};
}

std::string zone_line(secondary_status::zone const& z)
{
    std::string const there = z.serial_there ? std::to_string(*z.serial_there) : "unknown";
    return z.behind_since ? fmt::format("    {}  serial {} here, {} there, behind since {}\n", z.name, z.serial_here, there,
                                        to_time(*z.behind_since))
                          : fmt::format("    {}  serial {} here and there, as far as is known\n", z.name, z.serial_here);
}

} // namespace

nlohmann::ordered_json to_json(std::vector<secondary_status> const& all)
{
    json list = json::array();
    for (auto const& s : all) {
        json zones = json::array();
        for (auto const& z : s.zones)
            zones.push_back({{"zone", z.name},
                             {"serial", z.serial_here},
                             {"serial_there", z.serial_there ? json(*z.serial_there) : json{}},
                             {"behind_since", time_or_null(z.behind_since)}});
        list.push_back(
            {{"name", s.name},
             {"address", s.address},
             {"is_this_server", s.is_ourselves},
             {"zones", s.zones_here},
             {"behind", s.behind},
             {"behind_since", time_or_null(s.behind_since)},
             {"last_round", {{"ended", time_or_null(s.round_end)}, {"same", s.found_same}, {"absent", s.found_absent}}},
             {"last_heard", time_or_null(s.last_heard)},
             {"last_error", s.last_refusal.empty() ? json{} : json(s.last_refusal)},
             {"notifies", s.notifies},
             {"answers", s.answers},
             {"unanswered", s.unanswered},
             {"dropped", s.dropped},
             {"some_behind", std::move(zones)}});
    }
    return list;
}

std::string zone_text(std::vector<secondary_status> const& all)
{
    std::string text;
    for (auto const& s : all) {
        text += fmt::format("{} at {}, last heard of {}\n", s.name, s.address, time_or_never(s.last_heard));
        for (auto const& z : s.zones)
            text += s.last_heard || z.behind_since
                        ? zone_line(z)
                        : fmt::format("    {}  serial {} here, unknown there\n", z.name, z.serial_here);
    }
    return text;
}

std::string to_text(std::vector<secondary_status> const& all)
{
    std::string text;
    for (auto const& s : all) {
        text += fmt::format("\nsecondary {} at {}\n", s.name, s.address);
        if (s.is_ourselves) {
            text += "  this is an address of this server: nothing is sent there\n";
            continue;
        }
        text += !s.last_heard   ? "  nothing was heard of it so far\n"
                : s.behind == 0 ? "  as new as here, as far as is known\n"
                                : fmt::format("  {} of {} zones behind, the first since {}\n", s.behind, s.zones_here,
                                              time_or_never(s.behind_since));
        for (auto const& z : s.zones)
            text += zone_line(z);
        if (s.zones.size() < s.behind)
            text += fmt::format("    and {} more\n", s.behind - s.zones.size());
        text += fmt::format("  last heard of {}; round {}: {} zones as new, {} not there\n", time_or_never(s.last_heard),
                            s.round_end ? "of " + to_time(*s.round_end) : "under way", s.found_same, s.found_absent);
        text += fmt::format("  {} NOTIFY sent, {} answers, {} times none{}\n", s.notifies, s.answers, s.unanswered,
                            s.last_refusal.empty() ? "" : "; last error " + s.last_refusal);
    }
    return text;
}

} // namespace homing::server
