#include "server/notify_intake.hpp"

#include "server/follow/primaries.hpp"
#include "server/refusal.hpp"
#include "update/signature.hpp"

namespace homing::server {

namespace {

using dns::rcode;

} // namespace

struct notify_intake::ruling {
    rcode code = rcode::noerror;
    std::string reason;
};

/// `signer`: the key that signed it; the root for none.
notify_intake::ruling notify_intake::judge(exchange const& x, dns::request_view const& request, dns::name_view signer) const
{
    if (request.question.type != dns::rr_type::soa || request.question.klass != dns::rr_class::in)
        return {rcode::formerr, "it is not about a zone's SOA"};
    auto const record = writer_.followed().find(storage::name_octets(request.question.qname));
    if (record == nullptr)
        return {rcode::notauth, "the zone is not followed here"};
    auto const& source = *record->source;
    if (x.client == nullptr || !has_address(source.primaries, x.client->host()))
        return {rcode::refused, "it comes from no primary of the zone"};
    if (!source.key.empty() && !(signer == storage::name_of_octets(source.key)))
        return {rcode::refused, "it is not signed with the key " + storage::name_of_octets(source.key).to_string()};
    return {};
}

void notify_intake::answer(exchange& x, update::key_ring const& keys, std::uint64_t now)
{
    std::span<std::uint8_t const> const message = x.buffer.first(x.request_size);
    auto const request = dns::request_view::read(message);
    x.result = exchange::verdict::reply;
    auto const tsig = request.tsig_at != 0 ? dns::read_tsig(message, request.tsig_at) : std::nullopt;
    if (request.error != rcode::noerror || (request.tsig_at != 0 && !tsig)) {
        x.rcode = request.error != rcode::noerror ? request.error : rcode::formerr;
        x.reply_size = dns::write_bare_reply(x.buffer, request, x.rcode);
        return;
    }
    update::checked_signature signature;
    if (tsig)
        signature = update::check_signature(keys, message, *tsig, now);
    auto const state = tsig ? dns::make_reply_state(*tsig, signature.status) : dns::tsig_reply_state{};
    bool const is_verified = tsig && signature.verified();
    dns::name_view const signer = is_verified ? signature.named->key_name() : dns::name_view{};
    ruling const r = tsig && !is_verified ? ruling{signature.status.rcode, signature.reason} : judge(x, request, signer);
    x.rcode = r.code;
    if (is_verified && x.client != nullptr)
        uses_.note(signer, *x.client, "notify", now);
    if (r.code == rcode::noerror) {
        ++writer_.follow_gate().count.notices;
        writer_.follow_gate().notice(storage::name_octets(request.question.qname), x.client->host());
        x.reply_size = dns::write_bare_reply(x.buffer, request, r.code, dns::header_bits::aa);
        if (is_verified) {
            dns::wire_writer out{x.buffer, x.reply_size, x.buffer.size()};
            dns::sign_reply(out, state, signature.key(), now);
            x.reply_size = out.position();
        }
        return;
    }
    if (x.client != nullptr && log_.wants(r.code, now)) {
        auto const key = tsig ? tsig->key_name.to_string() : std::string{"-"}, zone = request.question.qname.to_string();
        auto const client = x.client->to_client_string();
        log_.write({key, client, x.over_tcp ? "dns/tcp" : "dns/udp", zone, zone, "SOA", "notify"}, r.code, r.reason);
    }
    x.reply_size = tsig ? write_signed_reply(x.buffer, request, state, signature.key(), r.code, r.reason, now)
                        : dns::write_bare_reply(x.buffer, request, r.code);
}

} // namespace homing::server
