#include "dns/tsig.hpp"

#include "dns/keyed_hash.hpp"
#include "dns/tsig_stream.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

constexpr std::uint16_t usual_fudge = 300; // RFC 8945 10
constexpr std::uint64_t max_time = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t fixed_rdata_size = 16; // time, fudge, MAC size, original ID, error, other length

/// The fields of a TSIG that are digested (RFC 8945 4.3.3) and written; the names in the case of their record.
struct tsig_fields {
    name_view key_name, algorithm;
    std::uint64_t time_signed;
    std::uint16_t fudge, original_id, error;
    std::span<std::uint8_t const> other;
};

/// The bytes of a message without its TSIG.
struct signed_part {
    std::span<std::uint8_t const> bytes;
    std::uint16_t additional_count; // without the TSIG
};

void write_time(wire_writer& out, std::uint64_t time) noexcept
{
    out.u16(static_cast<std::uint16_t>(time >> 32));
    out.u32(static_cast<std::uint32_t>(time));
}

/// RFC 8945 4.3.1: the MAC that came before, with its size.
void add_prior_mac(keyed_hash& hash, std::span<std::uint8_t const> mac)
{
    std::uint8_t const size[] = {0, static_cast<std::uint8_t>(mac.size())};
    hash.add(size);
    hash.add(mac);
}

/// RFC 8945 4.3.2: with the original ID and the count as they were before the TSIG.
void add_message(keyed_hash& hash, signed_part message, std::uint16_t original_id)
{
    std::array<std::uint8_t, header_size> head;
    std::copy_n(message.bytes.begin(), header_size, head.begin());
    wire_writer out{head, 0, header_size};
    out.patch16(0, original_id);
    out.patch16(10, message.additional_count);
    hash.add(head);
    hash.add(message.bytes.subspan(header_size));
}

/// RFC 8945 4.3.3
void add_variables(keyed_hash& hash, tsig_fields const& f)
{
    std::array<std::uint8_t, 2 * max_name_size + 32> buffer;
    wire_writer out{buffer, 0, buffer.size()};
    out.plain(name{f.key_name}.to_lower());
    out.u16(static_cast<std::uint16_t>(rr_class::any));
    out.u32(0);
    out.plain(name{f.algorithm}.to_lower());
    write_time(out, f.time_signed);
    out.u16(f.fudge);
    out.u16(f.error);
    out.u16(static_cast<std::uint16_t>(f.other.size()));
    hash.add(out.written());
    hash.add(f.other);
}

/// RFC 8945 5.3.1: of the second and later messages of a stream.
void add_timers(keyed_hash& hash, tsig_fields const& f)
{
    std::array<std::uint8_t, 8> buffer;
    wire_writer out{buffer, 0, buffer.size()};
    write_time(out, f.time_signed);
    out.u16(f.fudge);
    hash.add(out.written());
}

/// Appends the record and counts it.
void append(wire_writer& out, tsig_fields const& f, std::span<std::uint8_t const> mac, std::uint16_t additional_count) noexcept
{
    out.plain(f.key_name);
    out.u16(static_cast<std::uint16_t>(rr_type::tsig));
    out.u16(static_cast<std::uint16_t>(rr_class::any));
    out.u32(0);
    out.u16(static_cast<std::uint16_t>(f.algorithm.size() + fixed_rdata_size + mac.size() + f.other.size()));
    out.plain(f.algorithm);
    write_time(out, f.time_signed);
    out.u16(f.fudge);
    out.u16(static_cast<std::uint16_t>(mac.size()));
    out.bytes(mac);
    out.u16(f.original_id);
    out.u16(f.error);
    out.u16(static_cast<std::uint16_t>(f.other.size()));
    out.bytes(f.other);
    if (out.ok())
        out.patch16(10, static_cast<std::uint16_t>(additional_count + 1));
}

std::uint16_t additional_count(std::span<std::uint8_t const> message) noexcept
{
    return static_cast<std::uint16_t>(message[10] << 8 | message[11]);
}

signed_part unsigned_message(wire_writer const& out) noexcept
{
    return {out.written(), additional_count(out.written())};
}

signed_part without_tsig(std::span<std::uint8_t const> message, tsig_view const& tsig) noexcept
{
    return {message.first(tsig.start), static_cast<std::uint16_t>(additional_count(message) - 1)};
}

constexpr tsig_status refused(rcode error) noexcept
{
    return {rcode::notauth, error};
}

/// RFC 8945 5.2.2.1
bool is_acceptable_size(std::size_t size, std::size_t full) noexcept
{
    return size <= full && size >= std::max<std::size_t>(10, full / 2);
}

bool is_timely(tsig_view const& t, std::uint64_t now) noexcept
{
    std::uint64_t const apart = now > t.time_signed ? now - t.time_signed : t.time_signed - now;
    return apart <= t.fudge;
}

tsig_status verify(std::span<std::uint8_t const> message, tsig_view const& t, tsig_key const* key,
                   std::span<std::uint8_t const> const* request_mac, std::uint64_t now)
{
    if (!key || t.algorithm != wire_name(key->algorithm()))
        return refused(rcode::badkey);
    if (!is_acceptable_size(t.mac.size(), mac_size(key->algorithm())))
        return {rcode::formerr, rcode::noerror};
    keyed_hash hash{*key};
    if (request_mac)
        add_prior_mac(hash, *request_mac);
    add_message(hash, without_tsig(message, t), t.original_id);
    add_variables(hash, {t.key_name, t.algorithm, t.time_signed, t.fudge, t.original_id, t.error, t.other});
    auto const expected = hash.finish();
    if (!equal_in_constant_time(t.mac, expected.bytes()))
        return refused(rcode::badsig);
    if (!is_timely(t, now))
        return refused(rcode::badtime);
    return {};
}

/// Whether a reply to this carries a MAC (RFC 8945 5.3.2).
bool is_signed_reply(tsig_status s) noexcept
{
    return s.error != rcode::badkey && s.error != rcode::badsig;
}

/// The reply's fields. BADTIME keeps the request's times and tells ours in `other_time` (RFC 8945 5.2.3).
tsig_fields reply_fields(tsig_reply_state const& s, std::uint64_t now, std::span<std::uint8_t, 6> other_time) noexcept
{
    tsig_fields f{s.key_name, s.algorithm, now & max_time, usual_fudge, s.original_id, static_cast<std::uint16_t>(s.status.error),
                  {}};
    if (s.status.error != rcode::badtime)
        return f;
    wire_writer out{other_time, 0, other_time.size()};
    write_time(out, now);
    f.time_signed = s.time_signed;
    f.fudge = s.fudge;
    f.other = other_time;
    return f;
}

} // namespace

std::optional<tsig_view> read_tsig(std::span<std::uint8_t const> message, std::size_t at) noexcept
{
    wire_reader in{message, at};
    record_view record;
    read_record(in, record);
    if (!in.ok() || record.type != rr_type::tsig || record.klass != rr_class::any || record.ttl != 0)
        return {};
    tsig_view t;
    t.key_name = record.owner;
    t.start = record.start;
    in = wire_reader{message, record.rdata_at}.sub(record.rdata_size);
    in.read_uncompressed(t.algorithm); // RFC 8945 4.2: not compressed
    t.time_signed = std::uint64_t{in.u16()} << 32;
    t.time_signed |= in.u32();
    t.fudge = in.u16();
    t.mac = in.bytes(in.u16());
    t.original_id = in.u16();
    t.error = in.u16();
    t.other = in.bytes(in.u16());
    if (!in.ok() || in.remaining() != 0)
        return {};
    return t;
}

tsig_status verify_tsig(std::span<std::uint8_t const> message, tsig_view const& t, tsig_key const* key, std::uint64_t now)
{
    return verify(message, t, key, nullptr, now);
}

tsig_status verify_tsig_reply(std::span<std::uint8_t const> message, tsig_view const& t, tsig_key const* key,
                              std::span<std::uint8_t const> request_mac, std::uint64_t now)
{
    return verify(message, t, key, &request_mac, now);
}

tsig_reply_state make_reply_state(tsig_view const& t, tsig_status status) noexcept
{
    tsig_reply_state s;
    s.key_name = t.key_name;
    s.algorithm = t.algorithm;
    s.time_signed = t.time_signed;
    s.fudge = t.fudge;
    s.original_id = t.original_id;
    s.status = status;
    // A longer one was never verified, and nothing will be signed over it.
    s.mac_size = static_cast<std::uint8_t>(std::min(t.mac.size(), s.mac.size()));
    std::copy_n(t.mac.begin(), s.mac_size, s.mac.begin());
    return s;
}

std::size_t tsig_reply_size(tsig_reply_state const& s, tsig_key const* key) noexcept
{
    if (s.status.rcode == rcode::formerr)
        return 0;
    std::size_t const mac = key && is_signed_reply(s.status) ? mac_size(key->algorithm()) : 0;
    std::size_t const other = s.status.error == rcode::badtime ? 6 : 0;
    return s.key_name.size() + 10 + s.algorithm.size() + fixed_rdata_size + mac + other;
}

void sign_reply(wire_writer& reply, tsig_reply_state const& s, tsig_key const* key, std::uint64_t now)
{
    if (s.status.rcode == rcode::formerr || !reply.ok())
        return;
    std::array<std::uint8_t, 6> other_time;
    tsig_fields const fields = reply_fields(s, now, other_time);
    signed_part const message = unsigned_message(reply);
    keyed_hash::digest mac;
    if (key && is_signed_reply(s.status)) {
        keyed_hash hash{*key};
        add_prior_mac(hash, std::span{s.mac}.first(s.mac_size));
        add_message(hash, message, s.original_id);
        add_variables(hash, fields);
        mac = hash.finish();
    }
    append(reply, fields, mac.bytes(), message.additional_count);
}

tsig_stream_signer::tsig_stream_signer(tsig_reply_state const& request, std::shared_ptr<tsig_key const> key)
    : state_{request}, key_{std::move(key)}
{
}

void tsig_stream_signer::sign(wire_writer& out, std::uint64_t now)
{
    if (!out.ok())
        return;
    std::array<std::uint8_t, 6> other_time;
    tsig_fields const fields = reply_fields(state_, now, other_time);
    signed_part const message = unsigned_message(out);
    keyed_hash hash{*key_};
    add_prior_mac(hash, std::span{state_.mac}.first(state_.mac_size));
    add_message(hash, message, state_.original_id);
    if (first_)
        add_variables(hash, fields);
    else
        add_timers(hash, fields);
    auto const mac = hash.finish();
    append(out, fields, mac.bytes(), message.additional_count);
    std::copy(mac.bytes().begin(), mac.bytes().end(), state_.mac.begin());
    state_.mac_size = static_cast<std::uint8_t>(mac.size);
    first_ = false;
}

std::vector<std::uint8_t> sign_request(wire_writer& request, tsig_key const& key, std::uint64_t now, std::uint16_t fudge)
{
    signed_part const message = unsigned_message(request);
    auto const id = static_cast<std::uint16_t>(message.bytes[0] << 8 | message.bytes[1]);
    tsig_fields const fields{key.key_name(), wire_name(key.algorithm()), now & max_time, fudge, id, 0, {}};
    keyed_hash hash{key};
    add_message(hash, message, id);
    add_variables(hash, fields);
    auto const mac = hash.finish();
    append(request, fields, mac.bytes(), message.additional_count);
    return {mac.bytes().begin(), mac.bytes().end()};
}

namespace {

constexpr char const* explain_error(rcode error) noexcept
{
    switch (error) {
    case rcode::badkey: return "the other side does not know the key, or has it with another algorithm (BADKEY)";
    case rcode::badsig: return "the other side has another secret for the key (BADSIG)";
    case rcode::badtime: return "the other side's clock differs from ours (BADTIME)";
    default: return "the other side could not verify our signature";
    }
}

constexpr char const* explain(tsig_status status) noexcept
{
    switch (status.error) {
    case rcode::badkey: return "it is signed with another algorithm";
    case rcode::badsig: return "its signature is wrong";
    case rcode::badtime: return "its signature is outside its time: the clocks of both sides differ";
    default: return "its signature is malformed";
    }
}

} // namespace

tsig_stream_verifier::tsig_stream_verifier(std::shared_ptr<tsig_key const> key, std::vector<std::uint8_t> request_mac)
    : key_{std::move(key)}, mac_{std::move(request_mac)}
{
}

result<void> tsig_stream_verifier::take(std::span<std::uint8_t const> message, std::size_t tsig_at, std::uint64_t now)
{
    if (tsig_at == 0)
        return take_unsigned(message);
    auto const t = read_tsig(message, tsig_at);
    if (!t)
        return failure{"its TSIG is malformed"};
    if (!(t->key_name == key_->key_name()))
        return failure{"it is signed with another key, " + t->key_name.to_string()};
    if (t->error != 0 && t->mac.empty())
        return failure{explain_error(static_cast<rcode>(t->error))};
    tsig_status status;
    if (is_first_) {
        status = verify_tsig_reply(message, *t, key_.get(), mac_, now);
    } else if (t->algorithm != wire_name(key_->algorithm())) {
        status = refused(rcode::badkey);
    } else if (!is_acceptable_size(t->mac.size(), mac_size(key_->algorithm()))) {
        status = {rcode::formerr, rcode::noerror};
    } else {
        keyed_hash hash{*key_};
        add_prior_mac(hash, mac_);
        hash.add(unsigned_);
        add_message(hash, without_tsig(message, *t), t->original_id);
        add_timers(hash, {t->key_name, t->algorithm, t->time_signed, t->fudge, t->original_id, t->error, t->other});
        auto const expected = hash.finish();
        if (!equal_in_constant_time(t->mac, expected.bytes()))
            status = refused(rcode::badsig);
        else if (!is_timely(*t, now))
            status = refused(rcode::badtime);
    }
    if (!status.verified())
        return failure{explain(status)};
    if (t->error != 0)
        return failure{explain_error(static_cast<rcode>(t->error))};
    mac_.assign(t->mac.begin(), t->mac.end());
    unsigned_.clear();
    unsigned_count_ = 0;
    is_first_ = false;
    return {};
}

result<void> tsig_stream_verifier::take_unsigned(std::span<std::uint8_t const> message)
{
    if (is_first_)
        return failure{"it is not signed"};
    if (unsigned_count_ == most_unsigned)
        return failure{"it is the hundredth in a row that is not signed (RFC 8945 5.3.1)"};
    unsigned_.insert(unsigned_.end(), message.begin(), message.end());
    ++unsigned_count_;
    return {};
}

} // namespace homing::dns
