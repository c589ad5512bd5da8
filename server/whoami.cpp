#include "server/whoami.hpp"

#include "dns/whoami.hpp"

namespace homing::server {

namespace {

constexpr std::size_t ancount_at = 6, arcount_at = 10;
constexpr std::uint16_t pointer_to_question = 0xC000 | dns::header_size;

void write_record(dns::wire_writer& out, dns::rr_type type, std::span<std::uint8_t const> rdata)
{
    out.u16(pointer_to_question);
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(dns::rr_class::in));
    out.u32(0); // true of this question alone
    out.u16(static_cast<std::uint16_t>(rdata.size()));
    out.bytes(rdata);
}

/// False if the type has no answer.
bool write_answer(dns::wire_writer& out, dns::rr_type type, socket_address const& client)
{
    if (type == (client.is_v6() ? dns::rr_type::aaaa : dns::rr_type::a)) {
        write_record(out, type, client.octets());
        return true;
    }
    if (type != dns::rr_type::txt)
        return false;
    std::string text = client.host();
    text.insert(text.begin(), static_cast<char>(text.size()));
    write_record(out, type, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
    return true;
}

} // namespace

bool is_whoami(dns::question_view const& q) noexcept
{
    return q.klass == dns::rr_class::in && q.qname == dns::whoami_name();
}

std::size_t write_whoami(std::span<std::uint8_t> buffer, dns::request_view const& request, socket_address const& client)
{
    auto without_edns = request;
    without_edns.edns.present = false;
    auto const size = dns::write_bare_reply(buffer, without_edns, dns::rcode::noerror, dns::header_bits::aa);
    dns::wire_writer out{buffer, size, buffer.size()};
    if (write_answer(out, request.question.type, client))
        out.patch16(ancount_at, 1);
    if (request.edns.present) {
        dns::write_opt(out, request.edns, dns::rcode::noerror, dns::default_udp_size);
        out.patch16(arcount_at, 1);
    }
    return out.position();
}

} // namespace homing::server
