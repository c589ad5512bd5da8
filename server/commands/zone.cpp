// zone add, list, export, remove.
#include "server/commands/commands.hpp"
#include "server/commands/follow_words.hpp"
#include "server/commands/new_zone.hpp"
#include "server/commands/page.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "zone/zone_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace homing::server {

namespace {

std::optional<std::vector<name_server>> read_name_servers(console& io, arguments const& given, dns::name_view origin)
{
    std::vector<name_server> servers;
    for (auto const& text : given.all("--ns")) {
        auto server = read_name_server(text, origin);
        if (!server) {
            reject(io, "--ns {}: {}", text, server.error().message);
            return std::nullopt;
        }
        servers.push_back(std::move(*server));
    }
    if (servers.empty()) {
        auto const host = dns::name::join(*dns::name::from_text("ns1"), origin);
        servers.push_back({host ? *host : dns::name{origin}, {}});
    }
    return servers;
}

std::optional<dns::name> read_contact(console& io, arguments const& given, dns::name_view origin)
{
    if (!given.has("--contact")) {
        auto const usual = dns::name::join(*dns::name::from_text("hostmaster"), origin);
        return usual ? *usual : dns::name{origin};
    }
    auto const mailbox = read_mailbox(given.one("--contact"));
    if (mailbox)
        return *mailbox;
    reject(io, "--contact {}: {}", given.one("--contact"), mailbox.error().message);
    return std::nullopt;
}

void warn_of_missing_addresses(console& io, zone::contents const& zone, std::vector<name_server> const& servers)
{
    for (auto const& s : servers)
        if (s.host.view().is_subdomain_of(zone.origin()) && !zone.find(s.host, dns::rr_type::a) &&
            !zone.find(s.host, dns::rr_type::aaaa))
            warn(io,
                 "the name server {0} has no address yet, so nobody can reach the zone by it: homing record set {0} 3600 "
                 "A ADDRESS",
                 s.host.to_string());
}

exit_code add_secondary(console& io, arguments const& given, open_store& store, dns::name_view origin)
{
    for (char const* const option : {"--ns", "--contact"})
        if (given.has(option))
            return reject(io, "{} and --primary: what a secondary holds comes from its primary", option);
    auto const primaries = read_primary_words(io, "--primary", given.all("--primary"));
    if (!primaries)
        return exit_code::misused;
    exit_code code = exit_code::failed;
    auto const key = read_shared_key(io, given, store, code);
    if (!key)
        return code;
    storage::follow_record record;
    record.apex = storage::name_octets(origin);
    record.source = std::make_shared<storage::follow_source const>(storage::follow_source{*primaries, *key, {}});
    auto const outcome = execute(io, store, update::follow_zone{std::move(record), {}});
    if (!outcome.ok())
        return exit_code::failed;
    if (!outcome.changed)
        say(io, "{} is a secondary of {} already", origin.to_string(), *primaries);
    else
        say(io, "{} added as a secondary of {}; 'homing zone show {}' says how it goes", origin.to_string(), *primaries, origin.to_string());
    return exit_code::done;
}

} // namespace

exit_code zone_add(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
    if (given.has("--primary"))
        return add_secondary(io, given, store, *origin);
    if (given.has("--key"))
        return reject(io, "--key needs --primary");
    auto const servers = read_name_servers(io, given, *origin);
    auto const contact = read_contact(io, given, *origin);
    if (!servers || !contact)
        return exit_code::misused;
    zone::contents const contents = make_zone(*origin, *servers, *contact);
    auto const outcome = execute(io, store, update::put_zone{contents, true});
    if (!outcome.ok())
        return exit_code::failed;
    warn_of_missing_addresses(io, contents, *servers);
    say(io, "{} added, serial {}", origin->to_string(), outcome.serial);
    return exit_code::done;
}

exit_code zone_list(console& io, arguments const& given, open_store& store)
{
    struct row {
        dns::name apex;
        std::uint32_t serial;
        std::size_t names;
        std::string role;
    };
    auto const wanted = read_page(io, given);
    std::optional<dns::name> only;
    if (given.has("ORIGIN"))
        if (only = read_name(io, given, "ORIGIN"); !only)
            return exit_code::misused;
    if (!wanted)
        return exit_code::misused;
    std::vector<row> rows;
    zone::versions::reader reader{store.versions};
    {
        zone::versions::reading const now{reader};
        auto const add = [&](zone::zone_version const& z) {
            std::string role;
            if (z.is_secondary())
                if (auto const e = store.writer.followed().look_up(storage::name_octets(z.apex())))
                    role = to_words(*e, z.is_available());
            rows.push_back({z.apex(), z.serial(), z.name_count(), std::move(role)});
        };
        if (only && now->find(*only) == nullptr)
            return no_such_zone(io, *only);
        if (only)
            add(*now->find(*only));
        else
            now->for_each([&](zone::zone_version const& z) {
                if (!wanted->after || z.apex().compare(*wanted->after) > 0)
                    add(z);
            });
    }
    cut_to_page(rows, *wanted, [](row const& r) { return r.apex.view(); });
    std::size_t width = 0;
    for (auto const& r : rows)
        width = std::max(width, r.apex.to_string().size());
    for (auto const& r : rows) {
        std::string const name = r.apex.to_string();
        nlohmann::ordered_json object{{"name", name}, {"serial", r.serial}, {"names", r.names}};
        if (!r.role.empty())
            object["role"] = r.role;
        if (!io.out(given.has("--json") ? object.dump() + '\n'
                                        : fmt::format("{:<{}}  serial {:<10}  {} {}{}{}\n", name, width, r.serial, r.names,
                                                      r.names == 1 ? "name" : "names", r.role.empty() ? "" : "  ", r.role)))
            return exit_code::failed;
    }
    return exit_code::done;
}

exit_code zone_show(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    zone::zone_version const* const z = now->find(*origin);
    if (z == nullptr)
        return no_such_zone(io, *origin);
    say(io, "zone       {}", z->apex().to_string());
    say(io, "serial     {}", z->serial());
    say(io, "names      {}", z->name_count());
    auto const e = store.writer.followed().look_up(storage::name_octets(z->apex()));
    if (!e) {
        say(io, "role       primary");
        return exit_code::done;
    }
    auto const& r = *e->record;
    auto const time = [](std::int64_t ms) { return ms != 0 ? to_time(ms) : std::string{"never"}; };
    say(io, "role       {}", r.is_catalog ? "followed catalog" : "secondary");
    say(io, "state      {}", z->is_available() ? "served" : r.expires_ms == 0 ? "no contents yet: SERVFAIL" : "expired: SERVFAIL");
    say(io, "primaries  {}", r.source->primaries);
    say(io, "key        {}", r.source->key.empty() ? "none" : storage::name_of_octets(r.source->key).to_string());
    if (!r.source->catalog.empty())
        say(io, "catalog    {}", storage::name_of_octets(r.source->catalog).to_string());
    if (r.is_catalog)
        say(io, "members    {}", store.writer.followed().member_count(r.apex));
    say(io, "refreshed  {}", time(std::max(r.refreshed_ms, e->progress.refreshed_ms)));
    say(io, "expires    {}", time(std::max(r.expires_ms, e->progress.expires_ms)));
    if (e->progress.next_ms != 0)
        say(io, "next       {}", time(e->progress.next_ms));
    if (!e->progress.error.empty())
        say(io, "error      {}{}", e->progress.error,
            e->progress.failures > 1 ? fmt::format(" ({} times in a row)", e->progress.failures) : std::string{});
    return exit_code::done;
}

exit_code zone_export(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    zone::zone_version const* const zone = now->find(*origin);
    if (zone == nullptr)
        return no_such_zone(io, *origin);
    stream const to = open_output(io);
    auto const commented = zone::write_zone_file(to.get(), *zone);
    if (!commented || std::fflush(to.get()) != 0)
        return fail(io, "{} was not written to its end", origin->to_string());
    if (*commented > 0)
        warn(io, "{} {} below a DNAME, where nothing is answered, and written as {}", *commented,
             *commented == 1 ? "record is" : "records are", *commented == 1 ? "a comment" : "comments");
    return exit_code::done;
}

exit_code zone_remove(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
    {
        zone::versions::reader reader{store.versions};
        if (zone::versions::reading const now{reader}; now->find(*origin) == nullptr)
            return no_such_zone(io, *origin);
    }
    if (!execute(io, store, update::remove_zone{*origin}).ok())
        return exit_code::failed;
    say(io, "{} removed", origin->to_string());
    return exit_code::done;
}

} // namespace homing::server
