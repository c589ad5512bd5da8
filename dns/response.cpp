#include "dns/response.hpp"

namespace homing::dns {

namespace {

constexpr std::uint16_t expire_option = 9;

void read_options(wire_reader in, response_view& view) noexcept
{
    while (in.ok() && in.remaining() != 0) {
        std::uint16_t const code = in.u16(), size = in.u16();
        wire_reader value = in.sub(size);
        if (in.ok() && code == expire_option && size == 4)
            view.expire = value.u32();
    }
}

void read_additional(wire_reader& in, record_view const& r, bool is_last, response_view& view) noexcept
{
    if (r.type == rr_type::tsig) { // RFC 8945 5.1
        if (!is_last)
            return in.fail();
        view.tsig_at = r.start;
    } else if (r.type == rr_type::opt) {
        if (view.has_edns || !r.owner.view().is_root())
            return in.fail();
        view.has_edns = true;
        view.extended_rcode |= (r.ttl >> 24) << 4;
        read_options(wire_reader{in.message(), r.rdata_at}.sub(r.rdata_size), view);
    }
}

void read_section(wire_reader& in, std::size_t index, response_view& view) noexcept
{
    view.sections[index] = in.position();
    record_view r;
    for (unsigned left = view.header.counts[index]; left != 0 && in.ok(); --left) {
        read_record(in, r);
        if (!in.ok())
            return;
        if (index == 3)
            read_additional(in, r, left == 1, view);
        else if (r.type == rr_type::tsig || r.type == rr_type::opt)
            in.fail();
    }
}

} // namespace

std::optional<response_view> response_view::read(std::span<std::uint8_t const> message) noexcept
{
    auto const head = dns::header::read(message);
    if (!head || !head->is_response() || head->counts[0] > 1)
        return {};
    response_view view;
    view.header = *head;
    view.extended_rcode = head->flags & 15U;
    view.sections[0] = header_size;
    wire_reader in{message, header_size};
    if (head->counts[0] == 1) {
        question_view& q = view.question.emplace();
        in.read(q.qname);
        q.type = static_cast<rr_type>(in.u16());
        q.klass = static_cast<rr_class>(in.u16());
        q.end = in.position();
    }
    for (std::size_t i = 1; i < 4 && in.ok(); ++i)
        read_section(in, i, view);
    if (!in.ok() || in.remaining() != 0)
        return {};
    return view;
}

} // namespace homing::dns
