#include "update/policy.hpp"

#include "dns/presentation.hpp"

#include <algorithm>
#include <array>

namespace homing::update {

namespace {

using dns::rr_type;
using storage::grant;
using storage::preset;
using reason = decision::reason;

constexpr std::array host_types{rr_type::a, rr_type::aaaa};
constexpr std::array dhcp_types{rr_type::a, rr_type::aaaa, rr_type::ptr, rr_type::txt, rr_type::dhcid};
constexpr std::array external_dns_types{rr_type::a,     rr_type::aaaa, rr_type::cname, rr_type::mx,
                                        rr_type::naptr, rr_type::ptr,  rr_type::srv,   rr_type::txt};

template <std::size_t N>
bool is_one_of(std::array<rr_type, N> const& types, rr_type t) noexcept
{
    return std::find(types.begin(), types.end(), t) != types.end();
}

bool has_acme_label(dns::name_view name) noexcept
{
    static constexpr std::string_view wanted = "_acme-challenge";
    auto const is_wanted = [](std::span<std::uint8_t const> label) {
        return std::ranges::equal(label, wanted,
                                  [](std::uint8_t a, char b) { return dns::lower(a) == static_cast<std::uint8_t>(b); });
    };
    for (; !name.is_root(); name = name.parent())
        if (is_wanted(name.first_label()))
            return true;
    return false;
}

/// Of a grant without preset.
bool lists_type(grant const& g, rr_type t) noexcept
{
    if (g.types.empty())
        return !is_reserved(t);
    return g.types.front() == rr_type::any || std::binary_search(g.types.begin(), g.types.end(), t);
}

/// RFC 2136 3.4.2.3: the apex's SOA and NS stay when a name is deleted, and what is signed and chained for the others goes with them.
bool needs_no_grant(rr_type t, bool at_apex) noexcept
{
    return at_apex ? t == rr_type::soa || t == rr_type::ns : t == rr_type::rrsig || t == rr_type::nsec;
}

decision may_touch(granted_key const& key, dns::name_view owner)
{
    decision d;
    key.grants->any_above(owner, [&](grant const& g) {
        if (rights_of(g).update && covers_name(g, owner))
            d = {reason::granted, &g};
        return d.by != nullptr;
    });
    return d;
}

outcome refuse(granted_key const& key, raw_record const& r, rr_type type, reason why)
{
    bool const whole_name = r.type == rr_type::any;
    std::string what = r.owner.to_string() + (whole_name ? "" : " " + dns::to_string(r.type));
    if (whole_name && type != rr_type::none)
        what = "all of " + what + ", which has " + dns::to_string(type);
    return decline(dns::rcode::refused,
                   "Key " + dns::name{key.key_name()}.to_string() + " may not change " + what + ": " + std::string{explain(why)},
                   r.owner, r.type);
}

} // namespace

storage::rights rights_of(grant const& g) noexcept
{
    switch (g.preset) {
    case preset::none: return g.may;
    case preset::host:
    case preset::acme:
    case preset::dhcp: return {.update = true};
    case preset::external_dns: return {.update = true, .transfer = true};
    case preset::zone:
    case preset::admin: break;
    }
    return {true, true, true};
}

bool covers_name(grant const& g, dns::name_view owner) noexcept
{
    auto const is_below = [&] { return owner.label_count() > g.where.view().label_count(); };
    switch (g.preset) {
    case preset::host: return !is_below();
    case preset::dhcp: return is_below();
    case preset::acme: return has_acme_label(owner);
    default: return !g.exact || !is_below();
    }
}

bool covers_type(grant const& g, rr_type t, bool at_apex) noexcept
{
    switch (g.preset) {
    case preset::none: return lists_type(g, t) && (!at_apex || g.at_apex || g.exact);
    case preset::host: return is_one_of(host_types, t);
    case preset::acme: return t == rr_type::txt;
    case preset::dhcp: return is_one_of(dhcp_types, t) && !at_apex;
    case preset::external_dns: return is_one_of(external_dns_types, t) || (t == rr_type::ns && !at_apex);
    case preset::zone:
    case preset::admin: break;
    }
    return true;
}

bool covers_some_type(grant const& g, bool at_apex) noexcept
{
    if (g.preset == preset::none)
        return !at_apex || g.at_apex || g.exact;
    return !at_apex || g.preset != preset::dhcp;
}

bool is_reserved(rr_type t) noexcept
{
    static constexpr std::array reserved{rr_type::soa,    rr_type::ns,         rr_type::ds,  rr_type::rrsig, rr_type::nsec,
                                         rr_type::dnskey, rr_type::cds,        rr_type::sig, rr_type::key,   rr_type::nxt,
                                         rr_type::nsec3,  rr_type::nsec3param, rr_type::ta,  rr_type::dlv,   rr_type::cdnskey,
                                         rr_type::csync,  rr_type::zonemd};
    return is_one_of(reserved, t);
}

decision may_update(granted_key const& key, dns::name_view apex, dns::name_view owner, rr_type type)
{
    bool const at_apex = owner == apex;
    decision d;
    key.grants->any_above(owner, [&](grant const& g) {
        if (!rights_of(g).update || !covers_name(g, owner))
            return false;
        if (covers_type(g, type, at_apex))
            d = {reason::granted, &g};
        else if (at_apex && covers_type(g, type, false))
            d.why = reason::at_apex;
        else if (d.why == reason::no_name)
            d.why = reason::other_type;
        return d.by != nullptr;
    });
    return d;
}

decision may_transfer(granted_key const& key, dns::name_view apex)
{
    decision d;
    key.grants->any_above(apex, [&](grant const& g) {
        if (rights_of(g).transfer && covers_name(g, apex))
            d = {reason::granted, &g};
        return d.by != nullptr;
    });
    return d;
}

name_decision may_delete_name(granted_key const& key, zone::zone_version const& zone, dns::name_view owner)
{
    bool const at_apex = owner == zone.apex();
    name_decision out{rr_type::none, may_touch(key, owner)};
    zone::node const* const node = zone.find(owner);
    if (!out.result || node == nullptr)
        return out;
    node->for_each([&](zone::rrset_view const& there) {
        if (!out.result || needs_no_grant(there.type, at_apex))
            return;
        if (auto const d = may_update(key, zone.apex(), owner, there.type); !d)
            out = {there.type, d};
    });
    return out;
}

bool has_right_in(granted_key const& key, dns::name_view apex)
{
    std::size_t const labels = apex.label_count();
    return key.grants->any_above_or_below(apex, [&](grant const& g) {
        bool const is_for_one_name = g.exact || g.preset == preset::host;
        return !is_for_one_name || g.where.view().label_count() >= labels;
    });
}

outcome check_policy(granted_key const& key, zone::zone_version const& zone, std::span<raw_record const> updates)
{
    for (raw_record const& r : updates) {
        auto const d = r.type == rr_type::any ? may_delete_name(key, zone, r.owner)
                                              : name_decision{r.type, may_update(key, zone.apex(), r.owner, r.type)};
        if (!d.result)
            return refuse(key, r, d.type, d.result.why);
    }
    return {};
}

std::string_view explain(reason why) noexcept
{
    switch (why) {
    case reason::granted: return "it is granted.";
    case reason::no_name: return "no grant covers the name.";
    case reason::other_type: return "its grants for the name are for other types.";
    case reason::at_apex: return "its grants do not count at the apex of a zone.";
    }
    return {};
}

} // namespace homing::update
