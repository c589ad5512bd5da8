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

transfer_stream::transfer_stream(zone::versions& versions, std::span<std::uint8_t const> message,
                                 dns::request_view const& request, std::optional<signing> s)
    : reader_{versions},
      version_{std::in_place, reader_},
      head_(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(request.question.end)),
      edns_{request.edns}
{
    if (s) {
        signature_size_ = dns::tsig_reply_size(s->state, s->key.get());
        signer_.emplace(s->state, s->key);
    }
}

bool transfer_stream::find_zone(dns::name_view apex)
{
    zone_ = (*version_)->find(apex);
    if (zone_ == nullptr)
        return false;
    records_.emplace(*zone_);
    expire_ = dns::read_soa(zone_->apex_node().find(dns::rr_type::soa).front()).expire;
    return true;
}

transfer_stream::opening transfer_stream::open(exchange const& x, socket_address const& client, zone::versions& versions,
                                               update::key_ring const& keys, transfer_fence const& fence, std::uint64_t now)
{
    std::span<std::uint8_t const> const message = x.buffer.first(x.request_size);
    auto const request = dns::request_view::read(message);
    auto const tsig = request.tsig_at != 0 ? dns::read_tsig(message, request.tsig_at) : std::nullopt;
    if (request.tsig_at != 0 && !tsig)
        return refused(x, request, rcode::formerr, "its TSIG is malformed");
    if (!tsig && !fence.admits_unsigned(client))
        return refused(x, request, rcode::refused, "it is not signed");
    std::optional<signing> with;
    update::checked_signature signature;
    if (tsig) {
        signature = update::check_signature(keys, message, *tsig, now);
        with.emplace(signing{dns::make_reply_state(*tsig, signature.status), nullptr});
    }
    auto const key = tsig ? tsig->key_name.to_string() : std::string{"-"};
    auto const turn_away = [&](rcode code, std::string reason) {
        auto const size = with ? write_signed_reply(x.buffer, request, with->state, signature.key(), code, reason, now)
                               : dns::write_bare_reply(x.buffer, request, code);
        return opening{nullptr, size, std::move(reason), key, tsig && signature.verified() ? signature.named : nullptr};
    };
    auto const& apex = request.question.qname;
    if (tsig && !signature.verified())
        return turn_away(signature.status.rcode, signature.reason);
    if (!fence.admits(client))
        return turn_away(rcode::refused, "Zones are not transferred to " + client.host() + " (--transfer-from).");
    if (tsig && !update::may_transfer(*signature.named, apex))
        return turn_away(rcode::refused,
                         "Key " + key + " may not transfer " + apex.to_string() + ": no grant for transfers covers it.");
    if (tsig)
        with->key = *signature.secret;
    std::unique_ptr<transfer_stream> stream{new transfer_stream{versions, message, request, with}};
    if (!stream->find_zone(apex))
        return turn_away(rcode::notauth, "There is no zone " + apex.to_string()); // RFC 5936 2.2.1
    if (!stream->zone_->is_available())
        return turn_away(rcode::servfail, "The zone is a secondary that has no contents yet, or has expired.");
    if (request.question.type == dns::rr_type::ixfr) {
        auto const serial = serial_of_client(message, request);
        if (!serial)
            return turn_away(rcode::formerr, "An IXFR must carry the client's SOA.");
        auto const& z = *stream->zone_;
        if (dns::is_newer_serial(z.serial(), *serial))
            stream->wanted_.emplace(journal_crew::task{z.apex(), z.id(), *serial, z.serial(), zone::transfer_octets(z)});
        else
            stream->soa_only_ = true;
    }
    return {std::move(stream), 0, {}, key, tsig ? signature.named : nullptr};
}

void transfer_stream::take(journal_crew::answer difference)
{
    wanted_.reset();
    difference_ = std::move(difference);
}

std::uint16_t transfer_stream::write_records(dns::wire_writer& out)
{
    return difference_ != nullptr && !soa_only_ ? difference_->write(out) : records_->write(out, soa_only_);
}

/// To the first message of an answer, if it was asked for (RFC 7314 3.2): a primary's zone counts for all the time that its SOA says.
void transfer_stream::write_expire(dns::wire_writer& out)
{
    if (!is_first_ || !edns_.present)
        return;
    if (edns_.wants_expire && !zone_->is_secondary())
        dns::write_expire_opt(out, edns_, dns::default_udp_size, expire_);
    else
        dns::write_opt(out, edns_, rcode::noerror, dns::default_udp_size);
    out.patch16(10, 1);
}

/// One message of at most `limit` octets before its signature; 0 if not one record fits.
std::size_t transfer_stream::write(std::size_t limit)
{
    constexpr std::size_t opt_size = 19;
    buffer_.resize(length_size + limit + signature_size_);
    std::span<std::uint8_t> const message = std::span{buffer_}.subspan(length_size);
    std::copy(head_.begin(), head_.end(), message.begin());
    dns::wire_writer out{message, head_.size(), limit - (is_first_ ? opt_size : 0)};
    std::uint16_t const records = write_records(out);
    if (records == 0)
        return 0;
    std::uint16_t const rd = static_cast<std::uint16_t>((head_[2] << 8U) & dns::header_bits::rd);
    out.patch16(2, dns::header_bits::qr | dns::header_bits::aa | rd);
    out.patch16(6, records);
    out.patch16(8, 0);
    out.patch16(10, 0);
    auto const end = out.position();
    dns::wire_writer rest{message, end, limit};
    write_expire(rest);
    is_first_ = false;
    return rest.position();
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

void transfer_stream::sign(std::size_t size, std::uint64_t now)
{
    dns::wire_writer out{std::span{buffer_}.subspan(length_size), size, buffer_.size() - length_size};
    if (signer_)
        signer_->sign(out, now);
    size_ = out.position();
    buffer_[0] = static_cast<std::uint8_t>(size_ >> 8U);
    buffer_[1] = static_cast<std::uint8_t>(size_);
}

std::span<std::uint8_t const> transfer_stream::next(std::uint64_t now)
{
    std::size_t size = write(usual_size - signature_size_);
    if (size == 0)
        size = write(dns::max_message_size - signature_size_);
    done_ = soa_only_ || size == 0 || (difference_ != nullptr ? difference_->is_done() : records_->is_done());
    if (size == 0)
        size = write_failure();
    sign(size, now);
    return std::span{buffer_}.first(length_size + size_);
}

void transfer_stream::become_datagram(bool is_busy)
{
    constexpr std::size_t least = 512, most_steps = 64;
    room_ = std::min<std::size_t>(edns_.present ? edns_.udp_size : least, dns::default_udp_size) - signature_size_;
    soa_only_ = true;
    auto const size = write(room_);
    if (size != 0)
        soa_reply_.assign(buffer_.begin() + length_size, buffer_.begin() + static_cast<std::ptrdiff_t>(length_size + size));
    soa_only_ = false;
    is_first_ = true;
    records_.reset();
    zone_ = nullptr;
    version_.reset();
    if (!signer_ || is_busy) // nobody is to have the journal read with an address that may be another's
        wanted_.reset();
    if (wanted_) {
        wanted_->most_steps = most_steps;
        wanted_->most_octets = std::min(wanted_->most_octets, room_);
    }
}

std::span<std::uint8_t const> transfer_stream::datagram(std::uint64_t now)
{
    std::size_t size = 0;
    if (difference_ != nullptr) {
        size = write(room_);
        if (!difference_->is_done())
            size = 0;
    }
    if (size == 0 && !soa_reply_.empty()) {
        size = soa_reply_.size();
        buffer_.resize(length_size + size + signature_size_);
        std::copy(soa_reply_.begin(), soa_reply_.end(), buffer_.begin() + length_size);
    }
    done_ = true;
    if (size == 0)
        size = write_failure();
    sign(size, now);
    return std::span{buffer_}.subspan(length_size, size_);
}

} // namespace homing::server
