// secondary add, list, show, remove.
#include "server/commands/commands.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/key_words.hpp"
#include "server/commands/secondary_settings.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "server/listen_address.hpp"

#include <algorithm>

#include <sys/socket.h>
#include <unistd.h>

namespace homing::server {

namespace {

constexpr std::size_t most_addresses = 8;
constexpr std::uint16_t dns_port = 53;
constexpr std::string_view usual_catalog = "catalog.invalid.";

/// One address with its port; otherwise says what is wrong.
std::optional<socket_address> read_address(console& io, std::string_view parameter, std::string const& text)
{
    auto const parsed = listen_address::parse(text, dns_port);
    if (!parsed) {
        reject(io, "{} {}: {}", parameter, text, parsed.error().message);
        return std::nullopt;
    }
    bool const is_one = parsed->addresses.size() == 1 && !parsed->addresses.front().is_wildcard() && parsed->addresses.front().port() != 0;
    if (is_one)
        return parsed->addresses.front();
    reject(io, "{} {}: the address of one server, as 192.0.2.1 or [2001:db8::1]:5300", parameter, text);
    return std::nullopt;
}

/// The address of ours from which the kernel reaches another; no datagram is sent.
std::optional<std::string> address_towards(socket_address const& other)
{
    file_descriptor const socket{::socket(other.is_v6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    socket_address own;
    socklen_t size = socket_address::capacity;
    if (socket.get() < 0 || ::connect(socket.get(), other.data(), other.size()) != 0 ||
        ::getsockname(socket.get(), own.data(), &size) != 0)
        return {};
    return own.host();
}

/// Where the secondary finds this server: as said with --primary, or by the way that leads there.
std::optional<primary_access> access_for(console& io, arguments const& given, storage::secondary_record const& s,
                                         storage::key_record key)
{
    std::string catalog = s.catalog.to_string();
    catalog.pop_back();
    if (given.has("--primary")) {
        auto const own = read_address(io, "--primary", given.one("--primary"));
        return own ? std::optional{primary_access{own->host(), own->port(), std::move(catalog), std::move(key)}} : std::nullopt;
    }
    auto const first = listen_address::parse(s.addresses.front(), dns_port);
    auto const own = first ? address_towards(first->addresses.front()) : std::nullopt;
    if (!own)
        warn(io, "no way leads to {} from here; put this server's address in the place of ADDRESS", s.addresses.front());
    return primary_access{own.value_or("ADDRESS"), dns_port, std::move(catalog), std::move(key)};
}

bool print_stanzas(console& io, arguments const& given, primary_access const& access)
{
    if (given.has("SERVER")) {
        auto const names = secondary_names();
        if (std::ranges::find(names, given.one("SERVER")) == names.end()) {
            reject(io, "{}: one of knot, bind, nsd, homing", given.one("SERVER"));
            return false;
        }
        return io.out(stanza_for(given.one("SERVER"), access));
    }
    for (auto const name : secondary_names())
        if (!io.out(fmt::format("\n--- {}\n{}", name, stanza_for(name, access))))
            return false;
    return true;
}

std::string addresses_of(storage::secondary_record const& s)
{
    std::string text;
    for (auto const& a : s.addresses)
        text += (text.empty() ? "" : " ") + a;
    return text;
}

std::optional<storage::secondary_record> find_secondary(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return {};
    auto const list = store.writer.secondaries();
    if (auto const* found = list->find(name->to_lower()))
        return *found;
    fail(io, "there is no secondary {}; 'homing secondary list' shows those there are", name->to_string());
    return {};
}

std::optional<storage::secondary_record> read_secondary(console& io, arguments const& given)
{
    auto const name = read_name(io, given, "NAME");
    auto const catalog = given.has("--catalog") ? read_name(io, given, "--catalog") : read_name(io, "--catalog", usual_catalog);
    if (!name || !catalog)
        return {};
    storage::secondary_record s;
    s.name = name->to_lower();
    s.catalog = catalog->to_lower();
    for (auto const& text : given.all("ADDR")) {
        auto const address = read_address(io, "ADDR", text);
        if (!address)
            return {};
        auto const normal = address->to_string();
        if (std::ranges::find(s.addresses, normal) == s.addresses.end())
            s.addresses.push_back(normal);
    }
    if (s.addresses.size() <= most_addresses)
        return s;
    reject(io, "a secondary has at most {} addresses", most_addresses);
    return {};
}

} // namespace

exit_code secondary_add(console& io, arguments const& given, open_store& store)
{
    auto const secondary = read_secondary(io, given);
    if (!secondary || (given.has("--primary") && !read_address(io, "--primary", given.one("--primary"))))
        return exit_code::misused;
    storage::key_record key;
    key.key_name = secondary->name;
    key.algorithm = dns::tsig_algorithm::hmac_sha256;
    key.secret = random_secret(key.algorithm);
    key.secret_time = now_seconds();
    storage::grant everything;
    everything.may.transfer = true;
    key.grants.push_back(everything);
    if (!execute(io, store, update::put_secondary{*secondary, key}).ok())
        return exit_code::failed;
    auto const list = store.writer.secondaries();
    auto const* const made = list->find(secondary->name);
    auto const access = access_for(io, given, made != nullptr ? *made : *secondary, key);
    if (!access)
        return exit_code::misused;
    say(io, "{} follows from now on: it is told of every change at {}, and may transfer every zone.\n"
            "What it needs to know, depending on what it is:",
        secondary->name.to_string(), addresses_of(*secondary));
    return print_stanzas(io, given, *access) ? exit_code::done : exit_code::failed;
}

exit_code secondary_list(console& io, arguments const&, open_store& store)
{
    auto const list = store.writer.secondaries();
    for (auto const& s : list->all())
        say(io, "{}  {}  catalog {}, since {}", s.name.to_string(), addresses_of(s), s.catalog.to_string(), to_time(s.since_ms));
    return exit_code::done;
}

exit_code secondary_show(console& io, arguments const& given, open_store& store)
{
    auto const secondary = find_secondary(io, given, store);
    if (!secondary)
        return exit_code::failed;
    auto const ring = store.writer.keys();
    auto const* const key = ring->find(secondary->name);
    if (key == nullptr)
        return fail(io, "the key {0} is gone, so that it may transfer nothing: 'homing secondary remove {0}', then add it again",
                    secondary->name.to_string());
    auto const access = access_for(io, given, *secondary, key->record());
    if (!access)
        return exit_code::misused;
    return print_stanzas(io, given, *access) ? exit_code::done : exit_code::misused;
}

exit_code secondary_remove(console& io, arguments const& given, open_store& store)
{
    auto const secondary = find_secondary(io, given, store);
    if (!secondary || !execute(io, store, update::remove_secondary{secondary->name}).ok())
        return exit_code::failed;
    say(io, "{} removed, with its key: it may transfer nothing from now on", secondary->name.to_string());
    return exit_code::done;
}

} // namespace homing::server
