// zone add, list, export, remove.
#include "server/commands/commands.hpp"
#include "server/commands/new_zone.hpp"
#include "server/commands/page.hpp"
#include "server/commands/speech.hpp"
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

} // namespace

exit_code zone_add(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ORIGIN");
    if (!origin)
        return exit_code::misused;
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
        auto const add = [&](zone::zone_version const& z) { rows.push_back({z.apex(), z.serial(), z.name_count()}); };
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
        nlohmann::ordered_json const object{{"name", name}, {"serial", r.serial}, {"names", r.names}};
        if (!io.out(given.has("--json") ? object.dump() + '\n'
                                        : fmt::format("{:<{}}  serial {:<10}  {} {}\n", name, width, r.serial, r.names,
                                                      r.names == 1 ? "name" : "names")))
            return exit_code::failed;
    }
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
