#include "server/commands/zone_doctor.hpp"

#include "dns/rdata.hpp"
#include "dns/serial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace homing::server {

namespace {

using octets = std::vector<std::uint8_t>;

constexpr std::chrono::seconds patience{3};
constexpr std::size_t most_addresses = 8, most_parent_servers = 4;

std::string to_text(std::vector<octets> const& addresses)
{
    std::string text;
    for (auto const& a : addresses)
        text += (text.empty() ? "" : " ") + address_text(a);
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
    return socket_address::from_text(address_text(address), 53).value_or(socket_address{});
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

constexpr std::string_view firewall_advice =
    "let UDP and TCP to port 53 pass: this machine's firewall, the provider's, and on a router the "
    "forwarding of the port";

bool is_no_way(std::string const& why)
{
    return why == std::strerror(ENETUNREACH) || why == std::strerror(EADDRNOTAVAIL) || why == std::strerror(EAFNOSUPPORT);
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

} // namespace

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

void zone_doctor::look_at_server(known_zone const& zone, dns::name_view host, octets const& address)
{
    std::string const subject = fmt::format("{} at {} {}", zone.apex.to_string(), host.to_string(), address_text(address));
    question const q{zone.apex, dns::rr_type::soa};
    auto const udp = ask(port_53_of(address), q, transport::udp, patience);
    auto const tcp = ask(port_53_of(address), q, transport::tcp, patience);
    if (!udp && !tcp && is_no_way(udp.error().message))
        return found_.warn(subject, fmt::format("it cannot be asked from here: {}", udp.error().message),
                           "ask from elsewhere: dig +norec @" + address_text(address) + ' ' + zone.apex.to_string() + " SOA");
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
            why = fmt::format("{} {}: {}", host.to_string(), address_text(address), reply.error().message);
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

} // namespace homing::server
