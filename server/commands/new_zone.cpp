#include "server/commands/new_zone.hpp"

#include "dns/presentation.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

namespace homing::server {

namespace {

constexpr std::uint32_t record_ttl = 3600;
constexpr std::uint32_t first_serial = 1, refresh = 3600, retry = 600, expire = 1209600, negative_ttl = 60;

std::vector<std::uint8_t> address_from_text(std::string const& text)
{
    std::vector<std::uint8_t> octets(16);
    if (::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1)
        return octets;
    octets.resize(4);
    if (::inet_pton(AF_INET, text.c_str(), octets.data()) == 1)
        return octets;
    return {};
}

void append(std::vector<std::uint8_t>& rdata, dns::name_view n)
{
    rdata.insert(rdata.end(), n.data(), n.data() + n.size());
}

void append(std::vector<std::uint8_t>& rdata, std::uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        rdata.push_back(static_cast<std::uint8_t>(v >> shift));
}

std::vector<std::uint8_t> make_soa(dns::name_view primary, dns::name_view mailbox)
{
    std::vector<std::uint8_t> rdata;
    append(rdata, primary);
    append(rdata, mailbox);
    for (std::uint32_t const v : {first_serial, refresh, retry, expire, negative_ttl})
        append(rdata, v);
    return rdata;
}

dns::failure stray_address(dns::name_view host, dns::name_view origin)
{
    return {fmt::format("{} is not in the zone {}, so its address cannot stand here: write the whole name, or leave the "
                        "address out",
                        host.to_string(), origin.to_string())};
}

} // namespace

dns::result<name_server> read_name_server(std::string_view text, dns::name_view origin)
{
    std::size_t const equals = text.rfind('=');
    auto const host = dns::name_from_text(text.substr(0, equals));
    if (!host)
        return host.error();
    if (equals == text.npos)
        return name_server{*host, {}};
    std::string const written{text.substr(equals + 1)};
    auto address = address_from_text(written);
    if (address.empty())
        return dns::failure{fmt::format("'{}' is not an IPv4 or IPv6 address", written)};
    if (!host->view().is_subdomain_of(origin))
        return stray_address(*host, origin);
    return name_server{*host, std::move(address)};
}

dns::result<dns::name> read_mailbox(std::string_view text)
{
    std::size_t const at = text.rfind('@');
    auto const refused = dns::failure{fmt::format("'{}' is not a mailbox: write user@example.com", text)};
    if (at == text.npos) { // as it stands in an SOA: the user, a dot, the domain
        auto name = dns::name_from_text(text);
        if (name && name->view().label_count() < 2)
            return refused;
        return name;
    }
    std::string dotted;
    for (char const c : text.substr(0, at)) {
        if (c == '.' || c == '\\')
            dotted += '\\';
        dotted += c;
    }
    if (dotted.empty() || at + 1 == text.size() || text.find('@') != at)
        return refused;
    return dns::name_from_text(dotted + '.' + std::string{text.substr(at + 1)});
}

zone::contents make_zone(dns::name_view origin, std::vector<name_server> const& servers, dns::name_view mailbox)
{
    zone::contents zone{origin};
    zone.add(origin, dns::rr_type::soa, record_ttl, make_soa(servers.front().host, mailbox));
    for (auto const& s : servers) {
        zone.add(origin, dns::rr_type::ns, record_ttl, s.host.view().bytes());
        if (!s.address.empty())
            zone.add(s.host, s.address.size() == 4 ? dns::rr_type::a : dns::rr_type::aaaa, record_ttl, s.address);
    }
    zone.finish();
    return zone;
}

} // namespace homing::server
