// doctor, the half that knows the zones: where the server listens; from where it is asked; whether the clock went back; and each zone
// (zone_doctor.hpp).
#include "server/address_range.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "server/commands/zone_doctor.hpp"
#include "server/server.hpp"
#include "server/status.hpp"

#include <algorithm>
#include <chrono>

namespace homing::server {

namespace {

constexpr std::chrono::seconds patience_in_all{90};
constexpr std::size_t most_zones = 8;

// ---- the server

void look_at_sockets(findings& found, server_status const& status)
{
    std::string addresses;
    bool has_53 = false;
    for (auto const& socket : status.workers.front().sockets) {
        addresses += (addresses.empty() ? "" : ", ") + socket.address.to_string();
        has_53 = has_53 || socket.address.port() == 53;
    }
    if (has_53)
        found.ok("server", fmt::format("it runs, and listens on {}", addresses));
    else
        found.warn("server", fmt::format("it runs, and listens on {}: nobody in the world asks there", addresses),
                   "--listen with port 53, unless something leads from port 53 to this one");
}

constexpr std::uint64_t some_batches = 20;

bool is_private(socket_address const& address)
{
    static auto const ranges = [] {
        std::vector<address_range> all;
        for (char const* const text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"})
            all.push_back(*address_range::parse(text));
        return all;
    }();
    return contains(ranges, address.octets());
}

void look_at_clients(findings& found, server_status const& status)
{
    client_variety::view seen;
    for (auto const& worker : status.workers)
        seen = client_variety::combine(seen, worker.count.clients.look());
    if (!seen.is_many && seen.first && seen.batches >= some_batches && is_private(*seen.first))
        return found.warn(
            "clients", fmt::format("all questions so far came from {}", seen.first->host()),
            "a bridge or a proxy hides who asks, and what counts or fences clients by their address sees one alone;\n"
            "a container: network_mode: host (docker run --network host), or \"userland-proxy\": false in daemon.json");
    found.ok("clients",
             seen.is_many ? "questions come from several addresses" : "too few have asked to tell whether a bridge hides them");
}

void look_at_journal(findings& found, open_store& store)
{
    auto const page = store.writer.history().before({}, std::nullopt, {});
    if (!page || page->entries.empty())
        return;
    auto const last = page->entries.front().time_ms;
    using namespace std::chrono;
    auto const now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    if (last > now + 1000)
        found.fail("clock", fmt::format("it says {}, and the last change was made at {}", to_time(now), to_time(last)),
                   "one of both is wrong: set the clock");
}

std::vector<known_zone> known_zones(open_store& store, std::vector<dns::name> const& wanted, std::size_t& count)
{
    std::vector<known_zone> zones;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    auto const add = [&](zone::zone_version const& z) { zones.push_back({dns::name{z.apex()}, z.serial(), servers_of(z)}); };
    if (wanted.empty())
        now->for_each([&](zone::zone_version const& z) {
            if (zones.size() < most_zones)
                add(z);
        });
    for (auto const& name : wanted)
        if (auto const* const z = now->find(name))
            add(*z);
    count = wanted.empty() ? now->zone_count() : zones.size();
    return zones;
}

} // namespace

exit_code doctor_zones(console& io, arguments const& given, open_store& store)
{
    std::vector<dns::name> wanted;
    for (auto const& text : given.all("ZONE")) {
        auto const name = read_name(io, "ZONE", text);
        if (!name)
            return exit_code::misused;
        wanted.push_back(*name);
    }
    findings found{io};
    if (store.running != nullptr) {
        auto const status = store.running->status();
        look_at_sockets(found, status);
        look_at_clients(found, status);
    } else {
        found.warn("server", "none runs in this directory", "homing serve, or systemctl start homing");
    }
    look_at_journal(found, store);
    std::size_t count = 0;
    auto const zones = known_zones(store, wanted, count);
    for (auto const& name : wanted)
        if (std::none_of(zones.begin(), zones.end(), [&](known_zone const& z) { return z.apex == name; }))
            found.fail(name.to_string(), "there is no such zone here", "'homing zone list' shows those there are");
    if (count == 0 && wanted.empty())
        found.warn("zones", "there is none yet", "homing zone add ORIGIN --ns ns1.ORIGIN=ADDRESS");
    auto const resolver =
        given.has("--resolver") ? resolver::from_text(given.one("--resolver")) : resolver::from_file("/etc/resolv.conf");
    if (!resolver && given.has("--resolver"))
        return reject(io, "--resolver {}: {}", given.one("--resolver"), resolver.error().message);
    auto const until = std::chrono::steady_clock::now() + patience_in_all;
    zone_doctor doctor{found, resolver};
    std::size_t seen = 0;
    for (auto const& zone : zones) {
        if (std::chrono::steady_clock::now() > until || !io.is_heard())
            break;
        doctor.look_at(zone);
        ++seen;
    }
    if (count > seen)
        found.warn("zones", fmt::format("{} of {} were looked at", seen, count), "homing doctor ZONE looks at the others");
    return found.code();
}

} // namespace homing::server
