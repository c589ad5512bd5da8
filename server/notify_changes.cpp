// The notify service: what changed, and who is to be told.
#include "server/notify_parts.hpp"

#include "dns/presentation.hpp"
#include "storage/follow_record.hpp"

#include <algorithm>

namespace homing::server {

namespace {

using clock = peer_progress::clock;

constexpr std::size_t most_name_servers = 1024; // addresses out of NS records that are being told something
constexpr std::size_t most_fed = 262'144;       // zones that wait for this thread
constexpr std::uint16_t dns_port = 53;

/// A text of the form that secondaries are stored with.
std::optional<socket_address> to_address(std::string const& text)
{
    auto const parsed = listen_address::parse(text, dns_port);
    return parsed && parsed->addresses.size() == 1 ? std::optional{parsed->addresses.front()} : std::nullopt;
}

} // namespace

void notify_service::parts::feed(std::span<dns::name const> zones)
{
    std::lock_guard const lock{feed_mutex};
    for (auto const& z : zones)
        if (fed.size() < most_fed)
            fed.insert(storage::name_octets(z));
    if (!std::exchange(is_fed, true))
        boost::asio::post(io, [this] { guarded([this] { take_fed(); }); });
}

void notify_service::parts::take_fed()
{
    std::unordered_set<std::string> zones;
    {
        std::lock_guard const lock{feed_mutex};
        zones.swap(fed);
        is_fed = false;
    }
    refresh_secondaries();
    zone::versions::reading const now{reader};
    for (auto const& apex : zones)
        tell_of(apex, *now);
}

void notify_service::parts::refresh_secondaries()
{
    auto const newest = writer.keys_version();
    if (newest == keys_version)
        return;
    keys_version = newest;
    secondaries = writer.secondaries();
    auto const keys = writer.keys();
    std::vector<peer_pointer> next;
    for (auto const& s : secondaries->all())
        for (auto const& text : s.addresses) {
            auto const known =
                std::ranges::find_if(named, [&](auto const& p) { return p->secondary == s.name && p->text == text; });
            auto const address = to_address(text);
            if (!address)
                continue;
            auto const& p = next.emplace_back(known != named.end() ? *known : std::make_shared<peer>(*address, true));
            p->secondary = s.name;
            p->text = text;
            p->is_ourselves = own.has(*address, listening);
            auto const* const key = keys->find(s.name);
            p->key = key != nullptr ? key->key : nullptr;
        }
    for (auto const& p : named)
        p->is_gone = std::ranges::find(next, p) == next.end();
    named = std::move(next);
    if (!named.empty() && !is_ticking)
        tick_rounds();
}

void notify_service::parts::tell_of(std::string const& apex, zone::snapshot const& snapshot)
{
    auto const* const zone = snapshot.find(storage::name_of_octets(apex));
    for (auto const& p : named) {
        if (p->is_ourselves)
            continue;
        if (zone == nullptr)
            p->state.removed(apex);
        else
            p->state.changed(apex, zone->serial(), clock::now(), !zone->state().is_catalog);
    }
    if (zone != nullptr && tells_name_servers && !zone->state().is_catalog)
        tell_name_servers(apex, snapshot, *zone);
}

/// RFC 1996 2.3: all in the NS RRset but the primary.
void notify_service::parts::tell_name_servers(std::string const& apex, zone::snapshot const& snapshot,
                                              zone::zone_version const& zone)
{
    auto const soa = zone.apex_node().find(dns::rr_type::soa);
    auto const primary = dns::read_soa(soa.front()).mname;
    zone.apex_node().find(dns::rr_type::ns).for_each([&](dns::rdata_view rdata) {
        auto const server = dns::name_view::parse(rdata);
        if (!server || *server == primary)
            return;
        auto const addresses = addresses_of(*server, snapshot);
        if (!addresses) {
            if (wait_for_names.size() < most_name_servers)
                wait_for_names[apex] = zone.serial();
            return;
        }
        for (auto const& a : *addresses)
            tell_name_server(apex, a, zone.serial());
    });
}

/// From a zone of ours, or looked up; nothing if that is under way.
std::optional<std::vector<socket_address>> notify_service::parts::addresses_of(dns::name_view server,
                                                                               zone::snapshot const& snapshot)
{
    auto const* const zone = snapshot.closest(server);
    if (zone == nullptr)
        return is_reserved_name(server) ? std::vector<socket_address>{} : lookups.find(server, dns_port);
    std::vector<socket_address> addresses;
    auto const* const node = zone->find(server);
    for (auto const type : {dns::rr_type::a, dns::rr_type::aaaa})
        if (node != nullptr)
            node->find(type).for_each([&](dns::rdata_view rdata) {
                if (auto const a = socket_address::from_text(dns::to_text(type, rdata), dns_port))
                    addresses.push_back(*a);
            });
    return addresses;
}

void notify_service::parts::tell_name_server(std::string const& apex, socket_address const& address, std::uint32_t serial)
{
    if (!may_be_told(address) || own.has(address, listening) ||
        std::ranges::any_of(named, [&](auto const& p) { return p->address == address; }))
        return;
    std::erase_if(in_records, [&](auto const& p) { return in_records.size() >= most_name_servers && p.second->state.is_idle(); });
    auto const key = address.to_string();
    auto at = in_records.find(key);
    if (at == in_records.end()) {
        if (in_records.size() >= most_name_servers)
            return;
        at = in_records.emplace(key, std::make_shared<peer>(address, false)).first;
    }
    at->second->state.changed(apex, serial, clock::now());
}

void notify_service::parts::names_are_known()
{
    guarded([this] {
        auto const zones = std::exchange(wait_for_names, {});
        zone::versions::reading const now{reader};
        for (auto const& [apex, serial] : zones)
            if (auto const* const zone = now->find(storage::name_of_octets(apex)))
                tell_name_servers(apex, *now, *zone);
    });
}

} // namespace homing::server
