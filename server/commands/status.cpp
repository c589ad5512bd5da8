// status: what the running server is doing.
#include "server/status.hpp"

#include "dns/presentation.hpp"
#include "server/commands/change_text.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/secondary_status_text.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "server/log.hpp"
#include "server/server.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>

#include <unistd.h>

namespace homing::server {

namespace {

using json = nlohmann::ordered_json;

/// One thing that is counted, with each worker's number.
struct row {
    std::string name;
    std::string_view meaning;
    std::vector<std::uint64_t> of_worker;

    std::uint64_t sum() const { return std::accumulate(of_worker.begin(), of_worker.end(), std::uint64_t{0}); }
};

template <class Of>
row make_row(server_status const& s, std::string name, std::string_view meaning, Of&& of)
{
    row made{std::move(name), meaning, {}};
    for (auto const& w : s.workers)
        made.of_worker.push_back(of(w));
    return made;
}

row drops(server_status const& s, std::string name, std::string_view meaning, receive_queue socket_status::*queue)
{
    return make_row(s, std::move(name), meaning, [&](worker_status const& w) {
        std::uint64_t sum = 0;
        for (auto const& socket : w.sockets)
            sum += (socket.*queue).drops;
        return sum;
    });
}

std::string to_lower(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Replies by rcode, those that a header can hold and that have a name.
std::vector<row> reply_rows(server_status const& s)
{
    std::vector<row> rows;
    for (unsigned code = 0; code <= static_cast<unsigned>(dns::rcode::notzone); ++code)
        rows.push_back(make_row(s, "replies_" + to_lower(dns::to_string(static_cast<dns::rcode>(code))), "",
                                [&](worker_status const& w) { return w.count.rcodes[code].get(); }));
    return rows;
}

std::vector<row> counter_rows(server_status const& s)
{
    std::vector<row> rows;
    for (auto const& field : counter_fields)
        rows.push_back(make_row(s, std::string{field.name}, field.meaning,
                                [&](worker_status const& w) { return (w.count.*field.value).get(); }));
    rows.push_back(
        drops(s, "udp_queue_drops", "datagrams that the kernel dropped: a receive queue was full", &socket_status::udp));
    rows.push_back(
        drops(s, "tcp_queue_drops", "connections that the kernel dropped: too many waited to be accepted", &socket_status::tcp));
    auto replies = reply_rows(s);
    std::move(replies.begin(), replies.end(), std::back_inserter(rows));
    return rows;
}

struct writer_row {
    std::string_view name, meaning;
    std::uint64_t value;
};

std::vector<writer_row> writer_rows(server_status const& s)
{
    auto const& w = s.writer;
    return {{"requests", "changes asked for, by whatever way", w.requests},
            {"changes", "that changed something", w.changes},
            {"commits", "transactions, each synced to the disk", w.batches},
            {"refused", "that were not allowed, or whose prerequisites did not hold", w.refused},
            {"failed", "that ended with SERVFAIL", w.failed},
            {"turned_away", "that found the queue full", w.turned_away},
            {"waiting", "that are not through yet", s.writer_waiting}};
}

std::vector<writer_row> follow_rows(followed_status const& f)
{
    auto const& c = *f.count;
    return {{"notices", "NOTIFYs taken from primaries", c.notices},
            {"asked", "times that the primaries of a zone were asked", c.asked},
            {"failed", "of them, in vain", c.failed},
            {"steps_in", "transfers of changes (IXFR)", c.steps},
            {"whole_in", "transfers of whole zones (AXFR)", c.whole},
            {"expired", "zones that expired", c.expired},
            {"forwarded", "updates sent to primaries", c.forwarded}};
}

// ---- as JSON

json followed_to_json(followed_status const& f)
{
    json failures = json::array(), counts;
    for (auto const& e : f.failures)
        failures.push_back({{"zone", storage::name_of_octets(e.record->apex).to_string()},
                            {"primaries", e.record->source->primaries},
                            {"failures", e.progress.failures},
                            {"error", e.progress.error},
                            {"next", to_time(e.progress.next_ms)}});
    for (auto const& r : follow_rows(f))
        counts[std::string{r.name}] = r.value;
    return {{"zones", f.zones},     {"without_contents", f.without_contents}, {"expired", f.expired},
            {"failing", f.failing}, {"first_failing", std::move(failures)},   {"counters", std::move(counts)}};
}

json to_json(receive_queue const& q)
{
    return {{"drops", q.drops}, {"octets", q.octets}, {"limit", q.limit}};
}

json to_json(recent_load::rates const& r)
{
    return {{"queries", r.queries}, {"updates", r.updates}};
}

json zones_to_json(server_status const& s)
{
    json zones = json::array();
    for (auto const& z : s.first_zones)
        zones.push_back({{"name", z.name}, {"serial", z.serial}, {"names", z.names}});
    return zones;
}

json changes_to_json(server_status const& s)
{
    json changes = json::array();
    for (auto const& c : s.last_changes)
        changes.push_back({{"number", c.number},
                           {"time", to_time(c.time_ms)},
                           {"zone", c.zone},
                           {"serial", c.serial},
                           {"key", c.origin.key},
                           {"address", c.origin.address},
                           {"via", c.origin.via}});
    return changes;
}

json to_json(server_status const& s, std::vector<row> const& rows, std::size_t worker)
{
    json sockets = json::array(), counts;
    for (auto const& socket : s.workers[worker].sockets)
        sockets.push_back(
            {{"address", socket.address.to_string()}, {"udp_queue", to_json(socket.udp)}, {"tcp_queue_drops", socket.tcp.drops}});
    for (auto const& r : rows)
        counts[r.name] = r.of_worker[worker];
    return {{"counters", std::move(counts)}, {"sockets", std::move(sockets)}};
}

json to_json(server_status const& s, bool per_worker)
{
    json addresses = json::array(), counts, of_writer;
    for (auto const& socket : s.workers.front().sockets)
        addresses.push_back(socket.address.to_string());
    auto const rows = counter_rows(s);
    for (auto const& r : rows)
        counts[r.name] = r.sum();
    for (auto const& r : writer_rows(s))
        of_writer[std::string{r.name}] = r.value;
    json all{{"version", HOMING_VERSION},
             {"process", ::getpid()},
             {"started", to_time(s.started)},
             {"uptime_seconds", s.uptime.count()},
             {"data", s.data_directory},
             {"listening", std::move(addresses)},
             {"workers", s.workers.size()},
             {"zones", s.zones},
             {"names", s.names},
             {"memory", {{"resident", s.resident_octets}, {"zones", s.zone_memory.in_use}, {"retired", s.zone_memory.retired}}},
             {"tcp_connections", s.tcp_connections},
             {"per_second", {{"last_10_s", to_json(s.last_ten_seconds)}, {"last_60_s", to_json(s.last_minute)}}},
             {"first_zones", zones_to_json(s)},
             {"last_changes", changes_to_json(s)},
             {"counters", std::move(counts)},
             {"writer", std::move(of_writer)},
             {"followed", followed_to_json(s.followed)},
             {"log_lines_dropped", log_lines_dropped()}};
    if (per_worker)
        for (std::size_t i = 0; i < s.workers.size(); ++i)
            all["per_worker"].push_back(to_json(s, rows, i));
    return all;
}

// ---- as text

std::string to_text(std::chrono::seconds time)
{
    auto const s = time.count();
    return s >= 86400  ? fmt::format("{} d {} h", s / 86400, s / 3600 % 24)
           : s >= 3600 ? fmt::format("{} h {} min", s / 3600, s / 60 % 60)
           : s >= 60   ? fmt::format("{} min {} s", s / 60, s % 60)
                       : fmt::format("{} s", s);
}

std::string to_size(std::size_t octets)
{
    double const kibi = static_cast<double>(octets) / 1024;
    return kibi < 1024 ? fmt::format("{:.1f} KiB", kibi) : fmt::format("{:.1f} MiB", kibi / 1024);
}

std::string head(server_status const& s)
{
    std::string addresses;
    for (auto const& socket : s.workers.front().sockets)
        addresses += ' ' + socket.address.to_string();
    return fmt::format("homing {}, process {}, up {}, since {}\n"
                       "data        {}\n"
                       "listening  {}, with {} {}\n"
                       "zones       {}, with {} {}\n"
                       "memory      {}; {} of it for zones, of which {} for versions that are not served any more\n"
                       "connections {} over TCP\n"
                       "queries     {:.1f} a second in the last 10 s, {:.1f} in the last minute\n"
                       "updates     {:.1f} a second in the last 10 s, {:.1f} in the last minute\n\n",
                       HOMING_VERSION, ::getpid(), to_text(s.uptime), to_time(s.started), s.data_directory, addresses,
                       s.workers.size(), s.workers.size() == 1 ? "worker" : "workers", s.zones, s.names,
                       s.names == 1 ? "name" : "names", to_size(s.resident_octets), to_size(s.zone_memory.in_use),
                       to_size(s.zone_memory.retired), s.tcp_connections, s.last_ten_seconds.queries, s.last_minute.queries,
                       s.last_ten_seconds.updates, s.last_minute.updates);
}

std::string zone_lines(server_status const& s)
{
    std::size_t width = 0;
    for (auto const& z : s.first_zones)
        width = std::max(width, z.name.size());
    std::string text;
    for (auto const& z : s.first_zones)
        text +=
            fmt::format("  {:<{}}  serial {:<10}  {} {}\n", z.name, width, z.serial, z.names, z.names == 1 ? "name" : "names");
    if (s.zones > s.first_zones.size())
        text += fmt::format("  and {} more: 'homing zone list' shows all\n", s.zones - s.first_zones.size());
    return text;
}

std::string change_lines(server_status const& s)
{
    std::string text = s.last_changes.empty() ? "" : "\nlast changes\n";
    for (auto const& c : s.last_changes)
        text += fmt::format("  {}  {} to serial {}, by {}\n", to_time(c.time_ms), c.zone, c.serial,
                            homing::server::to_text(c.origin));
    return text;
}

constexpr std::size_t name_width = 20, number_width = 14;

std::string to_text(row const& r, bool per_worker)
{
    std::string text = fmt::format("{:<{}}{:>{}}", r.name, name_width, r.sum(), number_width);
    if (!per_worker)
        return text + (r.meaning.empty() ? "" : "  ") + std::string{r.meaning} + '\n';
    for (auto const n : r.of_worker)
        text += fmt::format("{:>{}}", n, number_width);
    return text + '\n';
}

std::string follow_lines(followed_status const& f)
{
    if (f.zones == 0)
        return {};
    std::string text = fmt::format("\nfollowed zones: {}; {} without contents yet, {} expired, {} failing\n", f.zones,
                                   f.without_contents, f.expired, f.failing);
    for (auto const& r : follow_rows(f))
        text += fmt::format("  {:<{}}{:>{}}  {}\n", r.name, name_width - 2, r.value, number_width, r.meaning);
    for (auto const& e : f.failures)
        text += fmt::format("  {}  {} times: {}\n", storage::name_of_octets(e.record->apex).to_string(), e.progress.failures,
                            e.progress.error);
    if (f.failing > f.failures.size())
        text += fmt::format("  and {} more: 'homing zone list' shows all\n", f.failing - f.failures.size());
    return text;
}

std::string to_text(server_status const& s, bool per_worker)
{
    std::string text = head(s) + zone_lines(s) + change_lines(s) + '\n';
    if (per_worker) {
        text += fmt::format("{:<{}}{:>{}}", "", name_width, "all", number_width);
        for (std::size_t i = 0; i < s.workers.size(); ++i)
            text += fmt::format("{:>{}}", fmt::format("worker {}", i + 1), number_width);
        text += '\n';
    }
    for (auto const& r : counter_rows(s))
        if (!r.name.starts_with("replies_") || r.sum() != 0)
            text += to_text(r, per_worker);
    text += "\nwriter\n";
    for (auto const& r : writer_rows(s))
        text += fmt::format("  {:<{}}{:>{}}  {}\n", r.name, name_width - 2, r.value, number_width, r.meaning);
    text += follow_lines(s.followed);
    if (auto const lost = log_lines_dropped())
        text += fmt::format("\n{} lines of the log were dropped: nobody read them in time\n", lost);
    return text;
}

} // namespace

exit_code status(console& io, arguments const& given, server const& running)
{
    auto const now = running.status();
    std::optional<dns::name> zone;
    if (given.has("--zone") && !(zone = read_name(io, given, "--zone")))
        return exit_code::misused;
    auto const secondaries = running.secondaries(zone);
    if (zone) {
        bool const told = io.out(given.has("--json") ? to_json(secondaries).dump(2) + '\n' : zone_text(secondaries));
        return told ? exit_code::done : exit_code::failed;
    }
    bool const per_worker = given.has("--per-worker");
    auto as_json = to_json(now, per_worker);
    as_json["secondaries"] = to_json(secondaries);
    bool const printed = io.out(given.has("--json") ? as_json.dump(2) + '\n' : to_text(now, per_worker) + to_text(secondaries));
    return printed ? exit_code::done : exit_code::failed;
}

} // namespace homing::server
