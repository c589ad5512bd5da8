#include "server/transfer_stream.hpp"

#include "dns/serial.hpp"
#include "server/refusal.hpp"
#include "update/policy.hpp"
#include "update/signature.hpp"

#include <algorithm>

namespace homing::server {

namespace {

using dns::rcode;

constexpr std::size_t length_size = 2;
// Within the reach of compression pointers, and small enough that other clients' queries get their turn in between.
constexpr std::size_t usual_size = 0x4000;

/// The serial that an IXFR client has: its SOA in the authority section (RFC 1995 3).
std::optional<std::uint32_t> serial_of_client(std::span<std::uint8_t const> message, dns::request_view const& request)
{
    if (request.header.counts[2] != 1)
        return {};
    dns::wire_reader in{message, request.sections[2]};
    dns::record_view record;
    dns::read_record(in, record);
    std::vector<std::uint8_t> rdata;
    dns::wire_reader fields{message, record.rdata_at};
    dns::read_rdata(fields, dns::rr_type::soa, record.rdata_size, rdata);
    if (!in.ok() || record.type != dns::rr_type::soa || !fields.ok())
        return {};
    return dns::read_soa(rdata).serial;
}

transfer_stream::opening refused(exchange const& x, dns::request_view const& request, rcode code, char const* reason)
{
    return {nullptr, dns::write_bare_reply(x.buffer, request, code), reason, "-", nullptr};
}

} // namespace

transfer_stream::transfer_stream(zone::versions& versions, std::span<std::uint8_t const> head, dns::tsig_reply_state const& state,
                                 std::shared_ptr<dns::tsig_key const> key)
    : reader_{versions},
      version_{reader_},
      signer_{state, key},
      head_(head.begin(), head.end()),
      signature_size_{dns::tsig_reply_size(state, key.get())}
{
}

bool transfer_stream::find_zone(dns::name_view apex)
{
    zone::zone_version const* const z = version_->find(apex);
    if (z == nullptr)
        return false;
    records_.emplace(*z);
    return true;
}

transfer_stream::opening transfer_stream::open(exchange const& x, zone::versions& versions, update::key_ring const& keys,
                                               std::uint64_t now)
{
    std::span<std::uint8_t const> const message = x.buffer.first(x.request_size);
    auto const request = dns::request_view::read(message);
    auto const tsig = request.tsig_at != 0 ? dns::read_tsig(message, request.tsig_at) : std::nullopt;
    if (request.tsig_at != 0 && !tsig)
        return refused(x, request, rcode::formerr, "its TSIG is malformed");
    if (!tsig)
        return refused(x, request, rcode::refused, "it is not signed");
    auto const signature = update::check_signature(keys, message, *tsig, now);
    auto const state = dns::make_reply_state(*tsig, signature.status);
    auto const turn_away = [&](rcode code, std::string reason) {
        auto const size = write_signed_reply(x.buffer, request, state, signature.key(), code, reason, now);
        return opening{nullptr, size, std::move(reason), tsig->key_name.to_string(),
                       signature.verified() ? signature.named : nullptr};
    };
    if (!signature.verified())
        return turn_away(signature.status.rcode, signature.reason);
    auto const& apex = request.question.qname;
    if (auto const allowed = update::may_transfer(*signature.named, apex); !allowed)
        return turn_away(rcode::refused, "Key " + tsig->key_name.to_string() + " may not transfer " + apex.to_string() +
                                             ": no grant for transfers covers it.");
    std::unique_ptr<transfer_stream> stream{
        new transfer_stream{versions, message.first(request.question.end), state, *signature.secret}};
    if (!stream->find_zone(apex))
        return turn_away(rcode::notauth, "There is no zone " + apex.to_string()); // RFC 5936 2.2.1
    if (request.question.type == dns::rr_type::ixfr) {
        auto const serial = serial_of_client(message, request);
        if (!serial)
            return turn_away(rcode::formerr, "An IXFR must carry the client's SOA.");
        stream->soa_only_ = !dns::is_newer_serial(stream->version_->find(apex)->serial(), *serial);
    }
    return {std::move(stream), 0, {}, tsig->key_name.to_string(), signature.named};
}

/// One message of at most `limit` octets before its signature; 0 if not one record fits.
std::size_t transfer_stream::write(std::size_t limit)
{
    buffer_.resize(length_size + limit + signature_size_);
    std::span<std::uint8_t> const message = std::span{buffer_}.subspan(length_size);
    std::copy(head_.begin(), head_.end(), message.begin());
    dns::wire_writer out{message, head_.size(), limit};
    std::uint16_t const records = records_->write(out, soa_only_);
    if (records == 0)
        return 0;
    std::uint16_t const rd = static_cast<std::uint16_t>((head_[2] << 8U) & dns::header_bits::rd);
    out.patch16(2, dns::header_bits::qr | dns::header_bits::aa | rd);
    out.patch16(6, records);
    out.patch16(8, 0);
    out.patch16(10, 0);
    return out.position();
}

/// Ends a transfer that cannot go on, where the client sees that it did not get all (RFC 5936 2.2.1).
std::size_t transfer_stream::write_failure()
{
    buffer_.resize(length_size + head_.size() + signature_size_);
    std::span<std::uint8_t> const message = std::span{buffer_}.subspan(length_size);
    std::copy(head_.begin(), head_.end(), message.begin());
    dns::wire_writer out{message, head_.size(), message.size()};
    out.patch16(2, dns::header_bits::qr | static_cast<unsigned>(rcode::servfail));
    for (std::size_t const count_at : {6U, 8U, 10U})
        out.patch16(count_at, 0);
    return out.position();
}

std::span<std::uint8_t const> transfer_stream::next(std::uint64_t now)
{
    std::size_t size = write(usual_size - signature_size_);
    if (size == 0)
        size = write(dns::max_message_size - signature_size_);
    done_ = soa_only_ || records_->is_done() || size == 0;
    if (size == 0)
        size = write_failure();
    dns::wire_writer out{std::span{buffer_}.subspan(length_size), size, buffer_.size() - length_size};
    signer_.sign(out, now);
    buffer_[0] = static_cast<std::uint8_t>(out.position() >> 8U);
    buffer_[1] = static_cast<std::uint8_t>(out.position());
    return std::span{buffer_}.first(length_size + out.position());
}

} // namespace homing::server
