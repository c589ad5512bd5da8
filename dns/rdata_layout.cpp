#include "dns/rdata_fields.hpp"

#include <initializer_list>

namespace homing::dns {

namespace {

using enum field_kind;

constexpr bool may_hold_names(field_kind k) noexcept
{
    return k == name_rfc1035 || k == name_received || k == name_plain || k == a6 || k == hip || k == ipseckey || k == amtrelay;
}

constexpr rdata_layout layout(std::initializer_list<field> fields) noexcept
{
    rdata_layout l;
    std::size_t i = 0;
    for (field const f : fields) {
        l.fields[i++] = f;
        l.has_names = l.has_names || may_hold_names(f.kind);
        l.is_compressible = l.is_compressible || f.kind == name_rfc1035;
    }
    return l;
}

constexpr rdata_layout opaque{{{{rest, 0}}}};

constexpr rdata_layout one_name = layout({{name_rfc1035}});
constexpr rdata_layout preference_and_received_name = layout({{fixed, 2}, {name_received}});
constexpr rdata_layout text = layout({{strings}});
constexpr rdata_layout some_octets = layout({{rest, 1}});
constexpr rdata_layout public_key = layout({{fixed, 4}, {rest, 1}});
constexpr rdata_layout any_key = layout({{fixed, 4}, {rest, 0}}); // a KEY may say that there is no key (RFC 2535 3.1.2)
constexpr rdata_layout delegation_signer = layout({{fixed, 4}, {digest}});
constexpr rdata_layout certificate_association = layout({{fixed, 3}, {rest, 1}});
constexpr rdata_layout service = layout({{fixed, 2}, {name_plain}, {svcb_parameters}});

constexpr rdata_layout layout_for(rr_type t) noexcept
{
    switch (t) {
    case rr_type::ns:
    case rr_type::md:
    case rr_type::mf:
    case rr_type::cname:
    case rr_type::mb:
    case rr_type::mg:
    case rr_type::mr:
    case rr_type::ptr: return one_name;
    case rr_type::a: return layout({{fixed, 4}});
    case rr_type::aaaa: return layout({{fixed, 16}});
    case rr_type::soa: return layout({{name_rfc1035}, {name_rfc1035}, {fixed, 20}});
    case rr_type::null: return layout({{rest, 0}});
    case rr_type::wks: return layout({{fixed, 5}, {rest, 0}});
    case rr_type::hinfo: return layout({{string}, {string}});
    case rr_type::minfo: return layout({{name_rfc1035}, {name_rfc1035}});
    case rr_type::mx: return layout({{fixed, 2}, {name_rfc1035}});
    case rr_type::txt:
    case rr_type::spf:
    case rr_type::ninfo:
    case rr_type::avc: return text;
    case rr_type::rp: return layout({{name_received}, {name_received}});
    case rr_type::afsdb:
    case rr_type::rt:
    case rr_type::kx: return preference_and_received_name;
    case rr_type::x25: return layout({{string}});
    case rr_type::isdn: return layout({{string}, {optional_string}});
    case rr_type::nsap_ptr:
    case rr_type::dname: return layout({{name_plain}});
    case rr_type::sig: return layout({{fixed, 18}, {name_received}, {rest, 1}});
    case rr_type::rrsig: return layout({{fixed, 18}, {name_plain}, {rest, 1}});
    case rr_type::key:
    case rr_type::rkey: return any_key;
    case rr_type::dnskey:
    case rr_type::cdnskey: return public_key;
    case rr_type::px: return layout({{fixed, 2}, {name_received}, {name_received}});
    case rr_type::gpos: return layout({{string}, {string}, {string}});
    case rr_type::loc: return layout({{loc}});
    case rr_type::nxt: return layout({{name_received}, {rest, 1}});
    case rr_type::nsap:
    case rr_type::eid:
    case rr_type::nimloc:
    case rr_type::atma:
    case rr_type::dhcid:
    case rr_type::openpgpkey: return some_octets;
    case rr_type::srv: return layout({{fixed, 6}, {name_received}});
    case rr_type::naptr: return layout({{fixed, 4}, {string}, {string}, {string}, {name_received}});
    case rr_type::cert: return layout({{fixed, 5}, {rest, 1}});
    case rr_type::a6: return layout({{a6}});
    case rr_type::apl: return layout({{apl}});
    case rr_type::ds:
    case rr_type::cds:
    case rr_type::ta:
    case rr_type::dlv: return delegation_signer;
    case rr_type::sshfp: return layout({{fixed, 2}, {rest, 1}});
    case rr_type::ipseckey: return layout({{ipseckey}});
    case rr_type::amtrelay: return layout({{amtrelay}});
    case rr_type::nsec: return layout({{name_plain}, {bitmap, 1}});
    case rr_type::nsec3: return layout({{fixed, 4}, {counted, 0}, {counted, 1}, {bitmap, 0}});
    case rr_type::nsec3param: return layout({{fixed, 4}, {counted, 0}});
    case rr_type::tlsa:
    case rr_type::smimea: return certificate_association;
    case rr_type::hip: return layout({{hip}});
    case rr_type::talink: return layout({{name_plain}, {name_plain}});
    case rr_type::csync: return layout({{fixed, 6}, {bitmap, 0}});
    case rr_type::zonemd: return layout({{zonemd}});
    case rr_type::svcb:
    case rr_type::https: return service;
    case rr_type::nid:
    case rr_type::l64: return layout({{fixed, 10}});
    case rr_type::l32: return layout({{fixed, 6}});
    case rr_type::lp: return layout({{fixed, 2}, {name_plain}});
    case rr_type::eui48: return layout({{fixed, 6}});
    case rr_type::eui64: return layout({{fixed, 8}});
    case rr_type::uri: return layout({{fixed, 4}, {rest, 1}});
    case rr_type::caa: return layout({{fixed, 1}, {caa_tag}, {rest, 0}});
    case rr_type::doa: return layout({{fixed, 9}, {string}, {rest, 0}});
    default: return opaque;
    }
}

constexpr std::size_t dense_types = static_cast<std::size_t>(rr_type::amtrelay) + 1;

constexpr auto table = [] {
    std::array<rdata_layout, dense_types> t{};
    for (std::size_t i = 0; i < dense_types; ++i)
        t[i] = layout_for(static_cast<rr_type>(i));
    return t;
}();

} // namespace

rdata_layout const& layout_of(rr_type t) noexcept
{
    auto const i = static_cast<std::size_t>(t);
    if (i < dense_types)
        return table[i];
    return t == rr_type::ta || t == rr_type::dlv ? delegation_signer : opaque;
}

} // namespace homing::dns
