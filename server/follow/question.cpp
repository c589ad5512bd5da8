#include "server/follow/question.hpp"

#include "dns/presentation.hpp"
#include "dns/request_start.hpp"

namespace homing::server {

namespace {

using dns::failure;
using dns::rr_type;

constexpr std::uint16_t expire_option = 9;
constexpr std::size_t most_octets = 2048;

primary_question finish(std::vector<std::uint8_t>& buffer, dns::wire_writer& out, std::uint16_t id,
                        std::shared_ptr<dns::tsig_key const> const& key, std::uint64_t now)
{
    primary_question q;
    q.id = id;
    if (key != nullptr)
        q.verifier.emplace(key, dns::sign_request(out, *key, now));
    buffer.resize(out.position());
    q.octets = std::move(buffer);
    return q;
}

} // namespace

primary_question ask_for_soa(dns::name_view apex, std::uint16_t id, std::shared_ptr<dns::tsig_key const> const& key, std::uint64_t now)
{
    std::vector<std::uint8_t> buffer(most_octets);
    dns::wire_writer out{buffer, 0, buffer.size()};
    dns::write_request_start(out, id, 0, apex, rr_type::soa, {0, 0, 1});
    out.u8(0);
    out.u16(static_cast<std::uint16_t>(rr_type::opt));
    out.u16(dns::default_udp_size);
    out.u32(0);
    out.u16(4);
    out.u16(expire_option);
    out.u16(0);
    return finish(buffer, out, id, key, now);
}

primary_question ask_for_transfer(dns::name_view apex, std::optional<dns::rdata_view> ours, std::uint16_t id,
                                  std::shared_ptr<dns::tsig_key const> const& key, std::uint64_t now)
{
    std::vector<std::uint8_t> buffer(most_octets);
    dns::wire_writer out{buffer, 0, buffer.size()};
    std::uint16_t const authorities = ours ? 1 : 0;
    dns::write_request_start(out, id, 0, apex, ours ? rr_type::ixfr : rr_type::axfr, {0, authorities, 0});
    if (ours) {
        out.plain(apex);
        out.u16(static_cast<std::uint16_t>(rr_type::soa));
        out.u16(static_cast<std::uint16_t>(dns::rr_class::in));
        out.u32(0);
        out.u16(static_cast<std::uint16_t>(ours->size()));
        out.bytes(*ours);
    }
    return finish(buffer, out, id, key, now);
}

dns::result<primary_soa> read_soa_reply(primary_question& asked, dns::name_view apex, std::span<std::uint8_t const> message,
                                        std::uint64_t now)
{
    auto const view = dns::response_view::read(message);
    if (!view || view->header.id != asked.id || !view->question || !(view->question->qname == apex) || view->question->type != rr_type::soa)
        return failure{"its reply is malformed, or to another question"};
    if (asked.verifier)
        if (auto const verified = asked.verifier->take(message, view->tsig_at, now); !verified)
            return failure{"of its reply: " + verified.error().message};
    if (view->rcode() != dns::rcode::noerror)
        return failure{std::string{"it answers "} + dns::mnemonic(view->rcode())};
    if ((view->header.flags & dns::header_bits::aa) == 0)
        return failure{"it is not authoritative for the zone"};
    dns::wire_reader in{message, view->sections[1]};
    for (unsigned i = 0; i < view->header.counts[1]; ++i) {
        dns::record_view r;
        dns::read_record(in, r);
        if (!in.ok() || r.type != rr_type::soa || !(r.owner == apex) || r.klass != dns::rr_class::in)
            continue;
        std::vector<std::uint8_t> rdata;
        dns::wire_reader data{message, r.rdata_at};
        dns::read_rdata(data, rr_type::soa, r.rdata_size, rdata);
        if (data.ok())
            return primary_soa{dns::read_soa(rdata).serial, view->expire};
    }
    return failure{"it answers without the zone's SOA"};
}

bool is_truncated_reply(std::span<std::uint8_t const> message) noexcept
{
    return message.size() >= dns::header_size && (message[2] & (dns::header_bits::tc >> 8U)) != 0;
}

} // namespace homing::server
