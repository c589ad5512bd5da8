#include "update/host_edits.hpp"

#include "dns/presentation.hpp"

namespace homing::update {

namespace {

dns::rrset one_address(dns::rr_type type, std::uint32_t ttl, dns::rdata_view address)
{
    dns::rrset set{type, ttl};
    set.add(address);
    return set;
}

void add_wish(std::vector<dns::rrset>& wanted, address_wish const& wish, dns::rr_type type, std::uint32_t ttl)
{
    if (wish.what == address_wish::kind::set)
        wanted.push_back(one_address(type, ttl, wish.rdata));
    else if (wish.what == address_wish::kind::remove)
        wanted.emplace_back(type, ttl);
}

} // namespace

storage::ipv6_octets combine(ipv6_prefix const& prefix, storage::ipv6_octets const& suffix) noexcept
{
    storage::ipv6_octets out{};
    for (unsigned i = 0; i < out.size(); ++i) {
        unsigned const bits = prefix.length <= i * 8 ? 0 : std::min(prefix.length - i * 8, 8U);
        unsigned const network = 0xffU << (8 - bits) & 0xffU;
        out[i] = static_cast<std::uint8_t>((prefix.octets[i] & network) | (suffix[i] & ~network));
    }
    return out;
}

std::vector<dns::rrset> wanted_addresses(host_update const& u, storage::host_record const& host)
{
    std::vector<dns::rrset> wanted;
    add_wish(wanted, u.ipv4, dns::rr_type::a, host.ttl);
    if (u.prefix && host.ipv6_suffix)
        wanted.push_back(one_address(dns::rr_type::aaaa, host.ttl, combine(*u.prefix, *host.ipv6_suffix)));
    else
        add_wish(wanted, u.ipv6, dns::rr_type::aaaa, host.ttl);
    return wanted;
}

bool has_just(zone::zone_version const& zone, dns::name_view owner, dns::rrset const& wanted)
{
    zone::node const* const node = zone.find(owner);
    zone::rrset_view const there = node != nullptr ? node->find(wanted.type()) : zone::rrset_view{};
    return there ? there.copy() == wanted : wanted.empty();
}

std::string addresses_text(std::vector<dns::rrset> const& sets)
{
    std::string text;
    for (auto const& set : sets)
        set.for_each([&](dns::rdata_view r) { text += (text.empty() ? "" : ",") + dns::to_text(set.type(), r); });
    return text.empty() ? "none" : text;
}

} // namespace homing::update
