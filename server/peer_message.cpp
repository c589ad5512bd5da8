#include "server/peer_message.hpp"

#include "dns/rdata.hpp"

namespace homing::server {

namespace {

using dns::rr_type;

constexpr std::size_t signature_room = 400; // of any key

unsigned opcode_of(peer_question k) noexcept
{
    return static_cast<unsigned>(k == peer_question::notify ? dns::opcode::notify : dns::opcode::query);
}

/// The SOA among the answers that is the zone's; nothing if what stands there cannot be read.
bool read_serial(std::span<std::uint8_t const> message, dns::request_view const& view, dns::name_view apex, peer_answer& answer)
{
    dns::wire_reader in{message, view.sections[1]};
    dns::record_view r;
    for (unsigned left = view.header.counts[1]; left != 0; --left) {
        dns::read_record(in, r);
        if (!in.ok())
            return false;
        if (r.type != rr_type::soa || r.klass != dns::rr_class::in || !(r.owner == apex))
            continue;
        std::vector<std::uint8_t> rdata;
        dns::wire_reader fields{message, r.rdata_at};
        dns::read_rdata(fields, r.type, r.rdata_size, rdata);
        if (!fields.ok())
            return false;
        answer.serial = dns::read_soa(rdata).serial;
    }
    return true;
}

/// An error that a peer cannot sign.
bool is_unsigned_error(dns::rcode code) noexcept
{
    return code == dns::rcode::notauth || code == dns::rcode::refused || code == dns::rcode::formerr ||
           code == dns::rcode::notimp || code == dns::rcode::servfail;
}

} // namespace

std::size_t write_question(std::span<std::uint8_t> buffer, asked_peer& asked, dns::rdata_view soa, std::uint32_t soa_ttl,
                           dns::tsig_key const* key, std::uint64_t now)
{
    bool const notifies = asked.kind == peer_question::notify;
    dns::wire_writer out{buffer, 0, buffer.size()};
    out.u16(asked.id);
    out.u16(static_cast<std::uint16_t>(opcode_of(asked.kind) << 11U | (notifies ? dns::header_bits::aa : 0U)));
    for (bool const has_one : {true, false, false, false}) // a question, and so far nothing else
        out.u16(has_one ? 1 : 0);
    out.note(asked.apex, dns::header_size);
    out.plain(asked.apex);
    out.u16(static_cast<std::uint16_t>(rr_type::soa));
    out.u16(static_cast<std::uint16_t>(dns::rr_class::in));
    if (auto const mark = out.here(); notifies && !soa.empty() && out.room() > soa.size() + signature_room) {
        out.compressed(asked.apex);
        out.u16(static_cast<std::uint16_t>(rr_type::soa));
        out.u16(static_cast<std::uint16_t>(dns::rr_class::in));
        out.u32(soa_ttl);
        auto const length_at = out.position();
        out.u16(0);
        dns::write_rdata(out, rr_type::soa, soa);
        if (out.ok()) {
            out.patch16(length_at, static_cast<std::uint16_t>(out.position() - length_at - 2));
            out.patch16(6, 1);
        } else
            out.rewind(mark);
    }
    if (key != nullptr && out.ok())
        asked.mac = dns::sign_request(out, *key, now);
    return out.ok() ? out.position() : 0;
}

std::optional<std::uint16_t> answer_id(std::span<std::uint8_t const> message) noexcept
{
    auto const header = dns::header::read(message);
    if (!header || !header->is_response())
        return {};
    return header->id;
}

std::optional<peer_answer> read_answer(std::span<std::uint8_t const> message, asked_peer const& asked, dns::tsig_key const* key,
                                       std::uint64_t now)
{
    if (answer_id(message) != asked.id)
        return {};
    auto const view = dns::request_view::read(message);
    peer_answer answer;
    answer.rcode = static_cast<dns::rcode>(view.header.flags & 15U);
    answer.is_authoritative = (view.header.flags & dns::header_bits::aa) != 0;
    bool const has_no_question = view.header.counts[0] == 0 && message.size() == dns::header_size;
    if (has_no_question && key == nullptr && is_unsigned_error(answer.rcode)) // some answer an error with the header alone
        return answer;
    if (view.error != dns::rcode::noerror || static_cast<unsigned>(view.header.opcode()) != opcode_of(asked.kind) ||
        !(view.question.qname == asked.apex) || view.question.type != rr_type::soa)
        return {};
    if (key != nullptr) {
        auto const tsig = view.tsig_at != 0 ? dns::read_tsig(message, view.tsig_at) : std::nullopt;
        bool const is_good = tsig && dns::verify_tsig_reply(message, *tsig, key, asked.mac, now).verified();
        if (!is_good)
            return is_unsigned_error(answer.rcode) ? std::optional{answer} : std::nullopt;
    }
    if (!read_serial(message, view, asked.apex, answer))
        return {};
    return answer;
}

} // namespace homing::server
