#include "dns/rdata.hpp"

#include "dns/rdata_fields.hpp"

namespace homing::dns {

std::size_t read_rdata(wire_reader& in, rr_type type, std::size_t length, std::vector<std::uint8_t>& out)
{
    std::size_t const before = out.size();
    wire_reader part = in.sub(length);
    field_sink sink{.out = &out};
    walk_rdata(part, layout_of(type), rdata_origin::message, sink);
    // Decompression may make rdata longer than its length field could ever say.
    if (part.ok() && out.size() - before <= max_message_size)
        return out.size() - before;
    out.resize(before);
    in.fail();
    return 0;
}

bool is_valid_rdata(rr_type type, rdata_view rdata) noexcept
{
    if (rdata.size() > max_message_size)
        return false;
    wire_reader in{rdata};
    field_sink nothing;
    walk_rdata(in, layout_of(type), rdata_origin::memory, nothing);
    return in.ok();
}

bool has_compressible_names(rr_type type) noexcept
{
    return layout_of(type).is_compressible;
}

void write_rdata(wire_writer& out, rr_type type, rdata_view rdata) noexcept
{
    rdata_layout const& layout = layout_of(type);
    if (!layout.is_compressible)
        return out.bytes(rdata);
    for (field const f : layout.fields) {
        if (f.kind == field_kind::end)
            break;
        std::size_t size = f.n;
        if (f.kind == field_kind::name_rfc1035) {
            name_view const n = name_view::parse(rdata).value_or(name_view{});
            out.compressed(n);
            size = n.size();
        } else {
            out.bytes(rdata.first(size));
        }
        rdata = rdata.subspan(size);
    }
}

bool equal_rdata(rr_type type, rdata_view a, rdata_view b) noexcept
{
    if (a.size() != b.size())
        return false;
    if (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0)
        return true;
    rdata_layout const& layout = layout_of(type);
    if (!layout.has_names || !equal_ignoring_case(a.data(), b.data(), a.size()))
        return false;
    wire_reader in{a};
    field_sink sink{.other = b.data()};
    walk_rdata(in, layout, rdata_origin::memory, sink);
    return in.ok() && sink.is_equal;
}

std::optional<name_view> target_name(rr_type type, rdata_view rdata) noexcept
{
    if (!has_target(type))
        return {};
    std::size_t at = target_offset(type);
    if (type == rr_type::naptr)
        for (int strings = 0; strings < 3 && at < rdata.size(); ++strings)
            at += rdata[at] + 1U;
    if (at >= rdata.size())
        return {};
    return name_view::parse(rdata.subspan(at));
}

soa_fields read_soa(rdata_view rdata) noexcept
{
    soa_fields soa{};
    soa.mname = name_view::parse(rdata).value_or(name_view{});
    soa.rname = name_view::parse(rdata.subspan(soa.mname.size())).value_or(name_view{});
    wire_reader in{rdata, soa.mname.size() + soa.rname.size()};
    soa.serial = in.u32();
    soa.refresh = in.u32();
    soa.retry = in.u32();
    soa.expire = in.u32();
    soa.minimum = in.u32();
    return soa;
}

std::vector<std::uint8_t> with_serial(rdata_view soa, std::uint32_t serial)
{
    std::vector<std::uint8_t> copy(soa.begin(), soa.end());
    std::size_t const at = copy.size() - 20;
    for (std::size_t i = 0; i < 4; ++i)
        copy[at + i] = static_cast<std::uint8_t>(serial >> (24 - 8 * i));
    return copy;
}

} // namespace homing::dns
