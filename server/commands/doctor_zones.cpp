// doctor, the half that knows the zones: do their servers answer, and alike, and does the zone above lead to them; where the server listens; from
// where it is asked; whether the clock went back.
#include "dns/presentation.hpp"
#include "dns/rdata.hpp"
#include "dns/serial.hpp"
#include "server/address_range.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/findings.hpp"
#include "server/commands/resolver.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"
#include "server/commands/welcome.hpp"
#include "server/server.hpp"
#include "server/status.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace homing::server {

namespace {

using octets = std::vector<std::uint8_t>;

constexpr std::chrono::seconds patience{3}, patience_in_all{90};
constexpr std::size_t most_zones = 8, most_addresses = 8, most_parent_servers = 4;

/// What this server knows of a zone.
struct known_zone {
    dns::name apex;
    std::uint32_t serial;
    std::vector<delegated_server> servers;
};

class zone_doctor {
public:
    zone_doctor(findings& found, dns::result<resolver> const& r) : found_{found}, resolver_{r} {}
    void look_at(known_zone);

private:
    void find_addresses(known_zone&);
    void look_at_server(known_zone const&, dns::name_view host, octets const& address);
    void look_at_delegation(known_zone const&);
    dns::result<dns_reply> ask_parent(resolver::parent_zone const&, known_zone const&) const;
    void compare(resolver::parent_zone const&, dns_reply const&, known_zone const&);
    bool compare_glue(resolver::parent_zone const&, dns_reply const&, known_zone const&);

    findings& found_;
    dns::result<resolver> const& resolver_;
};

dns::rr_type type_of(octets const& address)
{
    return address.size() == 4 ? dns::rr_type::a : dns::rr_type::aaaa;
}

std::string to_text(octets const& address)
{
    return dns::to_text(type_of(address), address);
}

std::string to_text(std::vector<octets> const& addresses)
{
    std::string text;
    for (auto const& a : addresses)
        text += (text.empty() ? "" : " ") + to_text(a);
    return text.empty() ? "no address" : text;
}

template <class Names>
std::string names_of(Names const& names)
{
    std::string text;
    for (auto const& n : names)
        text += (text.empty() ? "" : ", ") + n.to_string();
    return text.empty() ? "none" : text;
}

socket_address port_53_of(octets const& address)
{
    return socket_address::from_text(to_text(address), 53).value_or(socket_address{});
}

std::vector<dns::name> hosts_of(known_zone const& zone)
{
    std::vector<dns::name> hosts;
    for (auto const& s : zone.servers)
        hosts.push_back(s.host);
    return hosts;
}

std::string registrar_advice(known_zone const& zone)
{
    std::string text = "tell the registrar that these are the zone's name servers:";
    for (auto const& s : zone.servers)
        text += fmt::format("\n  {}{}", s.host.to_string(),
                            s.host.view().is_subdomain_of(zone.apex) ? " " + to_text(s.addresses) : std::string{});
    return text;
}

// ---- the zone's own servers

void zone_doctor::find_addresses(known_zone& zone)
{
    for (auto& server : zone.servers) {
        if (server.host.view().is_subdomain_of(zone.apex)) {
            if (server.addresses.empty())
                found_.fail(zone.apex.to_string(), fmt::format("its name server {} has no address", server.host.to_string()),
                            fmt::format("homing record set {} 3600 A ADDRESS", server.host.to_string()));
            continue;
        }
        auto found = resolver_ ? resolver_->addresses_of(server.host) : dns::result<std::vector<octets>>{resolver_.error()};
        if (!found)
            found_.warn(zone.apex.to_string(),
                        fmt::format("the address of {} was not found: {}", server.host.to_string(), found.error().message),
                        "--resolver names another resolver");
        else if (found->empty())
            found_.fail(zone.apex.to_string(), fmt::format("its name server {} has no address", server.host.to_string()),
                        "give it one where its zone is, or take it from the NS records of this one");
        else
            server.addresses = std::move(*found);
    }
}

constexpr std::string_view firewall_advice =
    "let UDP and TCP to port 53 pass: this machine's firewall, the provider's, and on a router the "
    "forwarding of the port";

bool is_no_way(std::string const& why)
{
    return why == std::strerror(ENETUNREACH) || why == std::strerror(EADDRNOTAVAIL) || why == std::strerror(EAFNOSUPPORT);
}

void zone_doctor::look_at_server(known_zone const& zone, dns::name_view host, octets const& address)
{
    std::string const subject = fmt::format("{} at {} {}", zone.apex.to_string(), host.to_string(), to_text(address));
    question const q{zone.apex, dns::rr_type::soa};
    auto const udp = ask(port_53_of(address), q, transport::udp, patience);
    auto const tcp = ask(port_53_of(address), q, transport::tcp, patience);
    if (!udp && !tcp && is_no_way(udp.error().message))
        return found_.warn(subject, fmt::format("it cannot be asked from here: {}", udp.error().message),
                           "ask from elsewhere: dig +norec @" + to_text(address) + ' ' + zone.apex.to_string() + " SOA");
    if (!udp || !tcp)
        return found_.fail(subject,
                           !udp && !tcp ? fmt::format("over UDP {}, over TCP {}", udp.error().message, tcp.error().message)
                           : !udp       ? fmt::format("over TCP it answers, over UDP {}", udp.error().message)
                                        : fmt::format("over UDP it answers, over TCP {}", tcp.error().message),
                           firewall_advice);
    auto const soa = std::find_if(udp->answer.begin(), udp->answer.end(),
                                  [&](answered_record const& r) { return r.type == dns::rr_type::soa && r.owner == zone.apex; });
    if (!udp->is_authoritative() || soa == udp->answer.end())
        return found_.fail(subject, fmt::format("it does not serve this zone ({})", dns::mnemonic(udp->rcode())),
                           "let it serve the zone, or take it from the zone's NS records and from the registrar");
    auto const serial = dns::read_soa(soa->rdata).serial;
    if (serial != zone.serial)
        return found_.warn(subject, fmt::format("it has serial {}, and this server {}", serial, zone.serial),
                           dns::is_newer_serial(zone.serial, serial) ? "it lags behind: see whether it transfers the zone"
                                                                     : "it is ahead: is this server the primary?");
    found_.ok(subject, fmt::format("answers over UDP and TCP, serial {}", serial));
}

// ---- the zone above

/// The first answer of some server of the parent.
dns::result<dns_reply> zone_doctor::ask_parent(resolver::parent_zone const& parent, known_zone const& zone) const
{
    std::string why = "its servers have no addresses";
    std::size_t asked = 0;
    for (auto const& host : parent.servers) {
        auto const addresses = resolver_->addresses_of(host);
        if (!addresses)
            return addresses.error();
        for (auto const& address : *addresses) {
            if (asked++ == most_parent_servers)
                return dns::failure{why};
            auto reply = ask(port_53_of(address), {zone.apex, dns::rr_type::ns}, patience);
            if (reply)
                return reply;
            why = fmt::format("{} {}: {}", host.to_string(), to_text(address), reply.error().message);
        }
    }
    return dns::failure{why};
}

void zone_doctor::look_at_delegation(known_zone const& zone)
{
    std::string const subject = fmt::format("delegation of {}", zone.apex.to_string());
    if (zone.apex.view().is_root())
        return;
    auto const not_known = [&](std::string const& why) {
        found_.warn(subject, "it cannot be looked at: " + why,
                    "see to this machine's resolver, or name another one by --resolver");
    };
    if (!resolver_)
        return not_known(resolver_.error().message);
    auto const parent = resolver_->parent_of(zone.apex);
    if (!parent)
        return not_known(parent.error().message);
    auto const reply = ask_parent(*parent, zone);
    if (!reply)
        return not_known(reply.error().message);
    compare(*parent, *reply, zone);
}

template <class F>
void for_each_record(dns_reply const& reply, F&& f)
{
    for (auto const* section : {&reply.answer, &reply.authority, &reply.additional})
        for (auto const& record : *section)
            f(record);
}

std::vector<dns::name> without(std::vector<dns::name> names, std::vector<dns::name> const& others)
{
    std::erase_if(names, [&](dns::name const& n) { return std::find(others.begin(), others.end(), n) != others.end(); });
    return names;
}

void zone_doctor::compare(resolver::parent_zone const& parent, dns_reply const& reply, known_zone const& zone)
{
    std::string const subject = fmt::format("delegation of {}", zone.apex.to_string());
    std::vector<dns::name> delegated;
    for_each_record(reply, [&](answered_record const& r) {
        if (r.type == dns::rr_type::ns && r.owner == zone.apex)
            delegated.emplace_back(*dns::name_view::parse(r.rdata));
    });
    std::string const above = parent.apex.to_string();
    if (delegated.empty())
        return found_.fail(subject,
                           fmt::format("the zone {} above does not lead to it ({})", above, dns::mnemonic(reply.rcode())),
                           registrar_advice(zone));
    auto const ours = hosts_of(zone);
    if (auto const strange = without(delegated, ours); !strange.empty())
        return found_.fail(subject, fmt::format("{} names servers that the zone does not: {}", above, names_of(strange)),
                           registrar_advice(zone));
    if (!compare_glue(parent, reply, zone))
        return;
    if (auto const missing = without(ours, delegated); !missing.empty())
        return found_.warn(subject, fmt::format("{} does not name {}", above, names_of(missing)), registrar_advice(zone));
    found_.ok(subject, fmt::format("{} names {}", above, names_of(delegated)));
}

/// Of the servers below the zone the parent must know the addresses, and the right ones.
bool zone_doctor::compare_glue(resolver::parent_zone const& parent, dns_reply const& reply, known_zone const& zone)
{
    for (auto const& server : zone.servers) {
        if (!server.host.view().is_subdomain_of(zone.apex))
            continue;
        std::vector<octets> glue;
        bool is_named = false;
        for_each_record(reply, [&](answered_record const& r) {
            is_named = is_named || (r.type == dns::rr_type::ns && dns::name_view::parse(r.rdata) == server.host.view());
            if ((r.type == dns::rr_type::a || r.type == dns::rr_type::aaaa) && r.owner == server.host)
                glue.push_back(r.rdata);
        });
        auto ours = server.addresses;
        std::sort(glue.begin(), glue.end());
        std::sort(ours.begin(), ours.end());
        if (!is_named || glue == ours)
            continue;
        found_.fail(fmt::format("delegation of {}", zone.apex.to_string()),
                    fmt::format("{} has {} as address of {} (\"glue\"), the zone {}", parent.apex.to_string(), to_text(glue),
                                server.host.to_string(), to_text(ours)),
                    registrar_advice(zone));
        return false;
    }
    return true;
}

void zone_doctor::look_at(known_zone zone)
{
    find_addresses(zone);
    std::size_t asked = 0;
    for (auto const& server : zone.servers)
        for (auto const& address : server.addresses)
            if (asked++ < most_addresses)
                look_at_server(zone, server.host, address);
    look_at_delegation(zone);
}

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
    std::string host = address.host();
    host = host.substr(0, host.find('%'));
    octets bytes(16);
    if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) {
        bytes.resize(4);
        ::inet_pton(AF_INET, host.c_str(), bytes.data());
    }
    return contains(ranges, bytes);
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
    count = wanted.empty() ? now->zone_count() : wanted.size();
    auto const add = [&](zone::zone_version const& z) {
        if (zones.size() < most_zones)
            zones.push_back({dns::name{z.apex()}, z.serial(), servers_of(z)});
    };
    if (wanted.empty())
        now->for_each(add);
    for (auto const& name : wanted)
        if (auto const* const z = now->find(name))
            add(*z);
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
    if (count == 0)
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
    if (count > seen && wanted.empty())
        found.warn("zones", fmt::format("{} of {} were looked at", seen, count), "homing doctor ZONE looks at the others");
    return found.code();
}

} // namespace homing::server
