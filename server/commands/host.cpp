// host add, list, show, remove, rotate.
#include "dns/presentation.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/host_settings.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/page.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "server/public_url.hpp"
#include "update/dyndns2.hpp"
#include "update/host_password.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>

namespace homing::server {

namespace {

constexpr std::uint32_t default_ttl = 60;
constexpr std::int64_t default_overlap = 24 * 60 * 60;

std::optional<std::uint32_t> read_seconds(console& io, arguments const& given, std::string_view option, std::uint32_t usual)
{
    if (!given.has(option))
        return usual;
    auto const seconds = dns::ttl_from_text(given.one(option));
    if (!seconds)
        reject(io, "{} {}: seconds, or units as in 90s, 1h30m or 30d", option, given.one(option));
    return seconds;
}

bool read_suffix(console& io, arguments const& given, storage::host_record& host)
{
    if (!given.has("--ipv6-suffix"))
        return true;
    auto const octets = update::address_from_text(given.one("--ipv6-suffix"));
    if (!octets || octets->size() != 16) {
        reject(io, "--ipv6-suffix {}: the part of an IPv6 address that stays, as ::1:2:3:4", given.one("--ipv6-suffix"));
        return false;
    }
    auto& suffix = host.ipv6_suffix.emplace();
    std::copy(octets->begin(), octets->end(), suffix.begin());
    return true;
}

std::optional<storage::host_record> read_host(console& io, arguments const& given)
{
    storage::host_record host;
    auto const name = read_name(io, given, "NAME");
    auto const ttl = read_seconds(io, given, "--ttl", default_ttl);
    auto const expire = read_seconds(io, given, "--expire", 0);
    if (!name || !ttl || !expire || !read_suffix(io, given, host))
        return std::nullopt;
    host.name = name->to_lower();
    host.ttl = *ttl;
    host.expire = *expire;
    return host;
}

storage::key_record new_key(dns::name_view host)
{
    storage::key_record key;
    key.key_name = dns::name{host}.to_lower();
    key.algorithm = dns::tsig_algorithm::hmac_sha256;
    key.secret = random_secret(key.algorithm);
    key.secret_time = std::time(nullptr);
    key.grants.push_back(storage::grant::of(storage::preset::host, key.key_name));
    return key;
}

exit_code no_such_host(console& io, dns::name_view name)
{
    io.note(fault::not_found);
    return fail(io, "there is no host {}; 'homing host list' shows those there are", name.to_string());
}

/// The zone of a name, and its first name server; empty texts where no zone holds it.
std::pair<std::string, std::string> zone_and_server(open_store& store, dns::name_view name)
{
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    auto const* const zone = now->closest(name);
    if (zone == nullptr)
        return {};
    auto const soa = zone->apex_node().find(dns::rr_type::soa).copy();
    auto const primary = dns::name_view::parse(soa.front()); // MNAME comes first
    return {short_name(zone->apex()), primary ? short_name(*primary) : ""};
}

std::optional<host_access> access_to(console& io, arguments const& given, open_store& store, storage::host_record const& host)
{
    auto const ring = store.writer.keys();
    auto const* const key = ring->find(host.name);
    if (key == nullptr) {
        fail(io, "the key {0} is gone, so that nobody can update the host: 'homing host remove {0}', then add it again",
             host.name.to_string());
        return std::nullopt;
    }
    auto const [zone, server] = zone_and_server(store, host.name);
    auto const memory = store.writer.access();
    std::string url = given.has("--url") ? given.one("--url") : remembered_url(*memory, server);
    while (url.ends_with('/'))
        url.pop_back();
    auto const pin = memory->settings.find(pin_setting);
    std::string const trusted_by = pin != memory->settings.end() && url.starts_with("https:") ? pin->second : std::string{};
    return host_access{short_name(host.name),
                       zone,
                       server,
                       std::move(url),
                       update::host_password(key->key->secret(), host.name),
                       host.ttl,
                       static_cast<std::uint32_t>(host.expire),
                       host.ipv6_suffix.has_value(),
                       given.has("--url") || has_endpoint(*memory),
                       trusted_by,
                       key->record()};
}

void print_all_settings(console& io, host_access const& access)
{
    for (auto const client : client_names())
        say(io, "\n--- {}\n{}", client, settings_for(client, access));
}

// ---- what is known of a host

template <std::size_t Size>
void append_addresses(std::string& text, dns::rr_type type, std::vector<std::uint8_t> const& octets)
{
    for (std::size_t i = 0; i + Size <= octets.size(); i += Size)
        text += (text.empty() ? "" : " ") + dns::to_text(type, {octets.data() + i, Size});
}

std::string addresses_of(storage::host_record const& host)
{
    std::string text;
    append_addresses<4>(text, dns::rr_type::a, host.ipv4);
    append_addresses<16>(text, dns::rr_type::aaaa, host.ipv6);
    return text.empty() ? "-" : text;
}

std::string time_or_never(std::int64_t ms)
{
    return ms == 0 ? "never" : to_time(ms);
}

std::string lease_of(storage::host_record const& host)
{
    if (host.expire == 0)
        return "none";
    std::string text = fmt::format("{} seconds", host.expire);
    if (host.is_lapsed)
        return text + "; it has run out: the addresses are not in the zone until the next update";
    return host.lapses_ms() != 0 ? text + ", until " + to_time(host.lapses_ms()) : text;
}

void print_state(console& io, storage::host_record const& host)
{
    say(io, "name       {}", short_name(host.name));
    say(io, "ttl        {}", host.ttl);
    if (host.ipv6_suffix)
        say(io, "suffix     {}", dns::to_text(dns::rr_type::aaaa, *host.ipv6_suffix));
    say(io, "lease      {}", lease_of(host));
    say(io, "addresses  {}", addresses_of(host));
    say(io, "changed    {}", time_or_never(host.changed_ms));
    say(io, "confirmed  {}", time_or_never(host.confirmed_ms));
    if (!host.via.empty())
        say(io, "by         {} from {} via {}", host.key.empty() ? "-" : host.key, host.address.empty() ? "-" : host.address,
            host.via);
}

using json = nlohmann::ordered_json;

template <std::size_t Size>
json addresses_as_json(dns::rr_type type, std::vector<std::uint8_t> const& octets)
{
    json all = json::array();
    for (std::size_t i = 0; i + Size <= octets.size(); i += Size)
        all.push_back(dns::to_text(type, {octets.data() + i, Size}));
    return all;
}

json time_or_null(std::int64_t ms)
{
    return ms == 0 ? json{} : json(to_time(ms));
}

json to_json(storage::host_record const& host)
{
    json object{{"name", host.name.to_string()},
                {"ttl", host.ttl},
                {"ipv6_suffix", host.ipv6_suffix ? json(dns::to_text(dns::rr_type::aaaa, *host.ipv6_suffix)) : json{}},
                {"expire", host.expire},
                {"ipv4", addresses_as_json<4>(dns::rr_type::a, host.ipv4)},
                {"ipv6", addresses_as_json<16>(dns::rr_type::aaaa, host.ipv6)},
                {"changed", time_or_null(host.changed_ms)},
                {"confirmed", time_or_null(host.confirmed_ms)},
                {"lapsed", host.is_lapsed},
                {"lapses", time_or_null(host.lapses_ms())},
                {"by", json{}}};
    if (!host.via.empty())
        object["by"] = {{"key", host.key}, {"address", host.address}, {"via", host.via}};
    return object;
}

/// With what its clients need, secrets included.
json to_json(storage::host_record const& host, host_access const& access)
{
    json object = to_json(host);
    object["user"] = access.host;
    object["password"] = access.password;
    object["key"] = to_key_line(access.key);
    object["settings"] = json::object();
    for (auto const client : client_names())
        object["settings"][std::string{client}] = settings_for(client, access);
    return object;
}

std::string to_line(json const& object)
{
    return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
}

} // namespace

exit_code host_add(console& io, arguments const& given, open_store& store)
{
    auto const host = read_host(io, given);
    if (!host)
        return exit_code::misused;
    if (!execute(io, store, update::put_host{*host, new_key(host->name), true}).ok())
        return exit_code::failed;
    auto const access = access_to(io, given, store, *host);
    if (!access)
        return exit_code::failed;
    say(io, "{} added. For HTTP its user name is {} and its password {}", access->host, access->host, access->password);
    say(io, "'homing host show {}' prints all of this again.", access->host);
    print_all_settings(io, *access);
    return exit_code::done;
}

exit_code host_set(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return exit_code::misused;
    auto const before = store.writer.hosts().find(*name);
    if (before == nullptr)
        return no_such_host(io, *name);
    auto host = *before;
    auto const ttl = read_seconds(io, given, "--ttl", host.ttl);
    auto const expire = read_seconds(io, given, "--expire", static_cast<std::uint32_t>(host.expire));
    if (!ttl || !expire || !read_suffix(io, given, host))
        return exit_code::misused;
    host.ttl = *ttl;
    host.expire = *expire;
    if (!execute(io, store, update::put_host{host, std::nullopt, false}).ok())
        return exit_code::failed;
    print_state(io, host);
    return exit_code::done;
}

exit_code host_list(console& io, arguments const& given, open_store& store)
{
    auto const wanted = read_page(io, given);
    if (!wanted)
        return exit_code::misused;
    std::vector<update::host_book::pointer> hosts;
    if (given.has("NAME")) {
        auto const name = read_name(io, given, "NAME");
        if (!name)
            return exit_code::misused;
        hosts = {store.writer.hosts().find(*name)};
        if (hosts.front() == nullptr)
            return no_such_host(io, *name);
    } else {
        hosts = store.writer.hosts().sorted();
    }
    cut_to_page(hosts, *wanted, [](auto const& h) { return h->name.view(); });
    std::size_t width = 0;
    for (auto const& h : hosts)
        width = std::max(width, h->name.to_string().size());
    for (auto const& h : hosts)
        if (!io.out(given.has("--json")
                        ? to_line(to_json(*h))
                        : fmt::format("{:<{}}  {}{}  changed {}, confirmed {}\n", short_name(h->name), width, addresses_of(*h),
                                h->is_lapsed ? " (lapsed)" : "", time_or_never(h->changed_ms), time_or_never(h->confirmed_ms))))
            return exit_code::failed;
    return exit_code::done;
}

exit_code host_show(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return exit_code::misused;
    std::string const& client = given.one("CLIENT");
    auto const known = client_names();
    if (!client.empty() && std::find(known.begin(), known.end(), client) == known.end())
        return reject(io, "'{}' is none of {}", client, fmt::join(known, ", "));
    auto const host = store.writer.hosts().find(*name);
    if (host == nullptr)
        return no_such_host(io, *name);
    auto const access = access_to(io, given, store, *host);
    if (!access)
        return exit_code::failed;
    if (given.has("--json"))
        return io.out(to_line(to_json(*host, *access))) ? exit_code::done : exit_code::failed;
    if (!client.empty())
        return io.out(settings_for(client, *access)) ? exit_code::done : exit_code::failed;
    print_state(io, *host);
    say(io, "user       {}\npassword   {}", access->host, access->password);
    print_all_settings(io, *access);
    return exit_code::done;
}

exit_code host_remove(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return exit_code::misused;
    if (store.writer.hosts().find(*name) == nullptr)
        return no_such_host(io, *name);
    bool const keeps = given.has("--keep-addresses");
    if (!execute(io, store, update::remove_host{name->to_lower(), keeps}).ok())
        return exit_code::failed;
    say(io, "{} removed, with its key{}", name->to_string(), keeps ? "" : " and its addresses");
    return exit_code::done;
}

exit_code host_rotate(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    auto const overlap = read_seconds(io, given, "--overlap", default_overlap);
    if (!name || !overlap)
        return exit_code::misused;
    auto const host = store.writer.hosts().find(*name);
    if (host == nullptr)
        return no_such_host(io, *name);
    auto const ring = store.writer.keys();
    auto const* const key = ring->find(*name);
    std::int64_t const retires = std::time(nullptr) + std::int64_t{*overlap};
    auto const done =
        key == nullptr ? execute(io, store, update::put_key{new_key(*name), true}) // somebody removed it
                       : execute(io, store,
                                 update::change_key{key->key->key_name(),
                                                    update::change_key::rotate{key->key->algorithm(),
                                                                               random_secret(key->key->algorithm()), retires}});
    if (!done.ok())
        return exit_code::failed;
    auto const access = access_to(io, given, store, *host);
    if (!access)
        return exit_code::failed;
    say(io, "{} has a new key, and the password {}", access->host, access->password);
    if (key != nullptr && *overlap != 0)
        say(io, "The ones before work until {}.", to_time(retires * 1000));
    print_all_settings(io, *access);
    return exit_code::done;
}

} // namespace homing::server
