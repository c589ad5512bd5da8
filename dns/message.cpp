#include "dns/message.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

constexpr std::uint16_t dnssec_ok_bit = 0x8000;
constexpr std::uint16_t ede_option = 15, expire_option = 9;

/// Whether the sections behind the header are what RFC 1035, 1996 and 2136 say. Of other opcodes nothing is known.
bool has_known_sections(opcode o) noexcept
{
    return o == opcode::query || o == opcode::notify || o == opcode::update;
}

/// A question whose name uses a pointer can only point into the header, and would change with it.
void read_question(wire_reader& in, question_view& question) noexcept
{
    in.read_uncompressed(question.qname);
    question.type = static_cast<rr_type>(in.u16());
    question.klass = static_cast<rr_class>(in.u16());
    question.end = in.position();
}

/// False if the options do not end where the rdata does.
bool read_options(std::span<std::uint8_t const> rdata, edns_view& edns) noexcept
{
    wire_reader in{rdata};
    while (in.ok() && in.remaining() != 0) {
        edns.wants_expire |= in.u16() == expire_option;
        in.skip(in.u16());
    }
    return in.ok();
}

edns_view read_edns(record_view const& opt) noexcept
{
    edns_view edns;
    edns.present = true;
    edns.version = static_cast<std::uint8_t>(opt.ttl >> 16);
    edns.dnssec_ok = (opt.ttl & dnssec_ok_bit) != 0;
    edns.udp_size = std::max<std::uint16_t>(512, static_cast<std::uint16_t>(opt.klass)); // RFC 6891 6.2.3
    return edns;
}

/// One reading of a request from its first octet to its last.
struct request_reading {
    wire_reader in;
    request_view& view;

    void question()
    {
        read_question(in, view.question);
        view.has_question = in.ok();
    }

    void option_record(record_view const& r, bool is_additional)
    {
        bool const is_first = !view.edns.present;
        if (!is_first || !is_additional || !r.owner.view().is_root())
            return in.fail();
        view.edns = read_edns(r);
        // What another version's options look like is not known here.
        if (view.edns.version == 0 && !read_options(in.message().subspan(r.rdata_at, r.rdata_size), view.edns))
            in.fail();
    }

    // RFC 8945 5.1, 5.2: in the additional section, the last record, only one.
    void tsig_record(record_view const& r, bool is_additional, bool is_last)
    {
        if (!is_additional || !is_last || r.klass != rr_class::any || r.ttl != 0)
            return in.fail();
        view.tsig_at = r.start;
    }

    void section(std::size_t index)
    {
        view.sections[index] = in.position();
        bool const is_additional = index == 3;
        record_view r;
        for (unsigned left = view.header.counts[index]; left != 0 && in.ok(); --left) {
            read_record(in, r);
            if (!in.ok())
                return;
            if (r.type == rr_type::opt)
                option_record(r, is_additional);
            if (r.type == rr_type::tsig)
                tsig_record(r, is_additional, left == 1);
        }
    }

    void everything()
    {
        if (view.header.counts[0] != 1)
            return in.fail();
        question();
        for (std::size_t i = 1; i < 4 && in.ok(); ++i)
            section(i);
        if (in.remaining() != 0)
            in.fail();
    }
};

} // namespace

void read_record(wire_reader& in, record_view& r) noexcept
{
    r.start = in.position();
    in.read(r.owner);
    r.type = static_cast<rr_type>(in.u16());
    r.klass = static_cast<rr_class>(in.u16());
    r.ttl = in.u32();
    r.rdata_size = in.u16();
    r.rdata_at = in.position();
    in.skip(r.rdata_size);
}

request_view request_view::read(std::span<std::uint8_t const> message) noexcept
{
    request_view view;
    view.header = *header::read(message);
    view.sections[0] = header_size;
    request_reading reading{wire_reader{message, header_size}, view};
    if (has_known_sections(view.header.opcode())) {
        reading.everything();
        if (!reading.in.ok())
            view.error = rcode::formerr;
        else if (view.edns.version != 0)
            view.error = rcode::badvers;
    } else if (view.header.counts[0] == 1) {
        reading.question(); // to echo it; nothing wrong if it is not one
    }
    return view;
}

std::size_t write_bare_reply(std::span<std::uint8_t> buffer, request_view const& request, rcode code,
                             std::uint16_t extra_flags) noexcept
{
    constexpr std::uint16_t kept = 0x7800 | header_bits::rd; // the opcode
    auto const flags = header_bits::qr | (request.header.flags & kept) | (static_cast<unsigned>(code) & 15U) | extra_flags;
    std::size_t const end = request.has_question ? request.question.end : header_size;
    wire_writer out{buffer, end, buffer.size()};
    out.patch16(2, static_cast<std::uint16_t>(flags));
    out.patch16(4, request.has_question ? 1 : 0);
    out.patch16(6, 0);
    out.patch16(8, 0);
    out.patch16(10, request.edns.present ? 1 : 0);
    if (request.edns.present)
        write_opt(out, request.edns, code, default_udp_size);
    return out.position();
}

namespace {

/// An OPT up to its rdata.
void write_opt_head(wire_writer& out, edns_view const& request, rcode code, std::uint16_t our_udp_size) noexcept
{
    out.u8(0);
    out.u16(static_cast<std::uint16_t>(rr_type::opt));
    out.u16(our_udp_size);
    out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(code) >> 4));
    out.u8(0);
    out.u16(request.dnssec_ok ? dnssec_ok_bit : 0);
}

} // namespace

void write_expire_opt(wire_writer& out, edns_view const& request, std::uint16_t our_udp_size, std::uint32_t expire) noexcept
{
    write_opt_head(out, request, rcode::noerror, our_udp_size);
    out.u16(8);
    out.u16(expire_option);
    out.u16(4);
    out.u32(expire);
}

void write_opt(wire_writer& out, edns_view const& request, rcode code, std::uint16_t our_udp_size,
               std::optional<extended_error> ede, std::string_view ede_text) noexcept
{
    write_opt_head(out, request, code, our_udp_size);
    if (!ede)
        return out.u16(0);
    out.u16(static_cast<std::uint16_t>(6 + ede_text.size()));
    out.u16(ede_option);
    out.u16(static_cast<std::uint16_t>(2 + ede_text.size()));
    out.u16(static_cast<std::uint16_t>(*ede));
    out.bytes({reinterpret_cast<std::uint8_t const*>(ede_text.data()), ede_text.size()});
}

} // namespace homing::dns
