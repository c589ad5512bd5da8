#include "server/responder.hpp"

#include "server/refusal.hpp"
#include "server/whoami.hpp"
#include "update/policy.hpp"
#include "update/signature.hpp"
#include "zone/question_batch.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace homing::server {

namespace {

using dns::rcode;
using dns::rr_type;
using verdict = exchange::verdict;

constexpr std::size_t opt_size = 11, expire_opt_size = 19;
constexpr std::uint16_t expire_option = 9;                                          // RFC 7314
constexpr std::uint16_t copied_flags = dns::header_bits::rd | dns::header_bits::cd; // RFC 1035 4.1.1, RFC 4035 3.2.2

std::uint16_t load16(std::uint8_t const* p) noexcept
{
    return static_cast<std::uint16_t>(p[0] << 8U | p[1]);
}
void store16(std::uint8_t* p, std::size_t v) noexcept
{
    p[0] = static_cast<std::uint8_t>(v >> 8U);
    p[1] = static_cast<std::uint8_t>(v);
}

/// What the reply to a question needs besides what is found.
struct plain_request {
    exchange* x = nullptr;
    std::size_t end = 0; // offset behind the question
    std::uint16_t flags = 0;
    std::uint16_t room = 512; // what the client can take by UDP
    bool has_edns = false, dnssec_ok = false;
    bool wants_expire = false; // and is a question for the SOA
    bool may_see_all = false;  // also a catalog
    std::size_t reserved = 0;  // octets kept free for a signature
};

/// The fields behind the type of an OPT that ends the message: false if it is anything but plain.
bool read_plain_opt(std::span<std::uint8_t const> message, std::size_t at, plain_request& r) noexcept
{
    std::uint8_t const* const p = message.data() + at;
    if (message.size() - at < opt_size || p[0] != 0 || load16(p + 1) != static_cast<std::uint16_t>(rr_type::opt) || p[5] != 0 ||
        p[6] != 0 || at + opt_size + load16(p + 9) != message.size())
        return false;
    for (std::size_t option = at + opt_size; option != message.size();) {
        if (message.size() - option < 4 || message.size() - option - 4 < load16(message.data() + option + 2) ||
            load16(message.data() + option) == expire_option)
            return false;
        option += 4U + load16(message.data() + option + 2);
    }
    r.has_edns = true;
    r.dnssec_ok = (p[7] & 0x80) != 0;
    r.room = std::max<std::uint16_t>(load16(p + 3), 512);
    return true;
}

/// The most common message: a standard query for data of class IN, one question, nothing else but perhaps a plain OPT. Everything else goes the
/// long way, so nothing here decides about errors.
bool read_plain_query(std::span<std::uint8_t const> message, std::uint64_t seed, plain_request& r, zone::question& q) noexcept
{
    static constexpr std::uint8_t one_question[7] = {0, 1, 0, 0, 0, 0, 0};
    if (message.size() < dns::header_size + 5 || (message[2] & 0xF8) != 0 ||
        std::memcmp(message.data() + 4, one_question, sizeof one_question) != 0 || message[11] > 1 ||
        !q.name.read(seed, message.subspan(dns::header_size)))
        return false;
    r.end = dns::header_size + q.name.view().size() + 4;
    if (message.size() < r.end)
        return false;
    std::uint8_t const* const type_and_class = message.data() + r.end - 4;
    q.type = static_cast<rr_type>(load16(type_and_class));
    if (load16(type_and_class + 2) != static_cast<std::uint16_t>(dns::rr_class::in) ||
        (dns::is_meta_type(q.type) && q.type != rr_type::any))
        return false;
    r.flags = load16(message.data() + 2);
    r.has_edns = r.dnssec_ok = r.wants_expire = r.may_see_all = false;
    r.room = 512;
    r.reserved = 0;
    return message[11] == 0 ? r.end == message.size() : read_plain_opt(message, r.end, r);
}

bool is_transfer(dns::question_view const& q) noexcept
{
    return q.klass == dns::rr_class::in && (q.type == rr_type::axfr || q.type == rr_type::ixfr);
}

/// The answer is the zone's own SOA.
bool is_soa_of_zone(zone::question const& q, zone::answer_summary const& sum) noexcept
{
    return q.zone != nullptr && sum.rcode == rcode::noerror && sum.answers == 1 && q.name.view().size() == q.zone->apex().size();
}

/// Why a query with a good signature was refused, or could not be answered.
std::string explain_refusal(dns::request_view const& request, rcode answered)
{
    if (request.question.klass != dns::rr_class::in)
        return "Only class IN is served.";
    if (is_transfer(request.question))
        return "A transfer needs TCP.";
    if (dns::is_meta_type(request.question.type) && request.question.type != rr_type::any)
        return "The type is not one of data.";
    if (answered == rcode::servfail)
        return "The zone is a secondary that has no contents yet, or has expired.";
    return "No zone of this server holds the name.";
}

} // namespace

struct responder::working_set {
    explicit working_set(options o) : options_{o} {}

    void answer(zone::snapshot const& now, update::key_ring const& keys, std::span<exchange> batch, std::uint64_t time);

    std::vector<signed_query> signed_queries_; // of the last call of responder::answer

private:
    void begin(exchange&, zone::snapshot const&, update::key_ring const&, std::uint64_t time);

    void answer_other(exchange&, zone::snapshot const&, update::key_ring const&, std::uint64_t time);
    void answer_signed(exchange&, dns::request_view const&, zone::snapshot const&, update::key_ring const&, std::uint64_t time);
    static rcode refusal_of(dns::request_view const&) noexcept;
    void answer_alone(exchange&, dns::request_view const&, zone::snapshot const&, std::size_t reserved,
                      bool may_see_all = false) noexcept;
    static void answer_whoami(exchange&, dns::request_view const&);
    void write_reply(plain_request const&, zone::question&, zone::lookup_result const&,
                     std::span<zone::known_name const>) const noexcept;
    void bare(exchange&, dns::request_view const&, rcode) const noexcept;

    options options_;
    std::array<plain_request, zone::question_batch::capacity> requests_;
    zone::question_batch questions_;
    zone::question single_;
};

responder::responder(options o) : working_{std::make_unique<working_set>(o)} {}
responder::~responder() = default;

std::span<signed_query const> responder::signed_queries() const noexcept
{
    return working_->signed_queries_;
}

void responder::answer(zone::snapshot const& now, update::key_ring const& keys, std::span<exchange> batch, std::uint64_t time)
{
    working_->signed_queries_.clear();
    while (!batch.empty()) {
        auto const part = batch.first(std::min(batch.size(), zone::question_batch::capacity));
        working_->answer(now, keys, part, time);
        batch = batch.subspan(part.size());
    }
}

void responder::working_set::answer(zone::snapshot const& now, update::key_ring const& keys, std::span<exchange> batch,
                                    std::uint64_t time)
{
    questions_.clear();
    for (exchange& x : batch)
        begin(x, now, keys, time);
    questions_.look_up(now);
    for (std::size_t i = 0; i < questions_.size(); ++i)
        write_reply(requests_[i], questions_[i], questions_.found(i), questions_.ahead(i));
}

void responder::working_set::begin(exchange& x, zone::snapshot const& now, update::key_ring const& keys, std::uint64_t time)
{
    plain_request& r = requests_[questions_.size()];
    if (!read_plain_query(x.buffer.first(x.request_size), now.seed(), r, questions_.next())) {
        answer_other(x, now, keys, time);
        return;
    }
    r.x = &x;
    questions_.keep();
}

void responder::working_set::write_reply(plain_request const& r, zone::question& q, zone::lookup_result const& found,
                                         std::span<zone::known_name const> known) const noexcept
{
    exchange& x = *r.x;
    std::size_t const own = x.over_tcp ? dns::max_message_size : std::min(r.room, options_.udp_size);
    std::size_t const kept_free = r.reserved + (r.wants_expire ? expire_opt_size : r.has_edns ? opt_size : 0);
    dns::wire_writer out{x.buffer, r.end, std::max(std::min(own, x.buffer.size()) - kept_free, r.end)};
    zone::answer_summary sum;
    if (q.zone == nullptr || (q.zone->state().is_catalog && !r.may_see_all))
        sum = {.rcode = rcode::refused, .authoritative = false};
    else if (!q.zone->is_available())
        sum = {.rcode = rcode::servfail, .authoritative = false};
    else
        sum = zone::write_answer(*q.zone, q.name, q.type, found, r.dnssec_ok, out, known);
    // (What is left of a secondary's own time is not known here, RFC 7314 3.3: then its SOA speaks for itself.)
    if (r.wants_expire && is_soa_of_zone(q, sum) && !q.zone->is_secondary()) {
        out.limit(std::min(out.limit() + expire_opt_size, x.buffer.size()));
        auto const soa = dns::read_soa(q.zone->apex_node().find(rr_type::soa).front());
        dns::write_expire_opt(out, {.present = true, .dnssec_ok = r.dnssec_ok}, options_.udp_size, soa.expire);
        ++sum.additionals;
    } else if (r.has_edns) {
        std::uint8_t opt[opt_size] = {0, 0, static_cast<std::uint8_t>(rr_type::opt)};
        store16(opt + 3, options_.udp_size);
        opt[7] = r.dnssec_ok ? 0x80 : 0;
        out.limit(std::min(out.limit() + opt_size, x.buffer.size()));
        out.bytes(opt);
        ++sum.additionals;
    }
    unsigned const flags = dns::header_bits::qr | (sum.authoritative ? dns::header_bits::aa : 0U) |
                           (sum.truncated ? dns::header_bits::tc : 0U) | (r.flags & copied_flags) |
                           static_cast<unsigned>(sum.rcode);
    std::uint8_t* const header = x.buffer.data();
    store16(header + 2, flags);
    store16(header + 4, 1);
    store16(header + 6, sum.answers);
    store16(header + 8, sum.authorities);
    store16(header + 10, sum.additionals);
    x.result = verdict::reply;
    x.reply_size = out.position();
    x.rcode = sum.rcode;
}

void responder::working_set::bare(exchange& x, dns::request_view const& request, rcode code) const noexcept
{
    x.result = verdict::reply;
    x.rcode = code;
    x.reply_size = dns::write_bare_reply(x.buffer, request, code);
}

/// What a query that is understood but not for data is answered; noerror if it is to be answered from a zone.
rcode responder::working_set::refusal_of(dns::request_view const& request) noexcept
{
    if (request.question.klass != dns::rr_class::in)
        return rcode::refused;
    switch (request.question.type) {
    case rr_type::any: return rcode::noerror;
    case rr_type::axfr:
    case rr_type::ixfr: return rcode::refused;
    case rr_type::maila:
    case rr_type::mailb: return rcode::notimp;
    default: return dns::is_meta_type(request.question.type) ? rcode::formerr : rcode::noerror;
    }
}

void responder::working_set::answer_other(exchange& x, zone::snapshot const& now, update::key_ring const& keys,
                                          std::uint64_t time)
{
    std::span<std::uint8_t const> const message = x.buffer.first(x.request_size);
    x.result = verdict::silence;
    x.reply_size = 0;
    auto const header = dns::header::read(message);
    if (!header || header->is_response())
        return;
    if (header->opcode() == dns::opcode::update) {
        x.result = verdict::update;
        return;
    }
    if (header->opcode() == dns::opcode::notify) {
        x.result = verdict::notify;
        return;
    }
    dns::request_view const request = dns::request_view::read(message);
    if (header->opcode() != dns::opcode::query)
        bare(x, request, rcode::notimp);
    else if (request.error != rcode::noerror)
        bare(x, request, request.error);
    else if (is_transfer(request.question) && (x.over_tcp || request.question.type == rr_type::ixfr))
        x.result = verdict::transfer;
    else if (request.tsig_at != 0)
        answer_signed(x, request, now, keys, time);
    else
        answer_alone(x, request, now, 0);
}

void responder::working_set::answer_alone(exchange& x, dns::request_view const& request, zone::snapshot const& now,
                                          std::size_t reserved, bool may_see_all) noexcept
{
    if (rcode const code = refusal_of(request); code != rcode::noerror) {
        bare(x, request, code);
        return;
    }
    single_.name.assign(now.seed(), request.question.qname);
    single_.type = request.question.type;
    auto const found = zone::look_up(now, single_);
    write_reply({.x = &x,
                 .end = request.question.end,
                 .flags = request.header.flags,
                 .room = request.edns.present ? std::max<std::uint16_t>(request.edns.udp_size, 512) : std::uint16_t{512},
                 .has_edns = request.edns.present,
                 .dnssec_ok = request.edns.dnssec_ok,
                 .wants_expire = request.edns.wants_expire && request.question.type == rr_type::soa,
                 .may_see_all = may_see_all,
                 .reserved = reserved},
                single_, found, {});
}

void responder::working_set::answer_whoami(exchange& x, dns::request_view const& request)
{
    x.reply_size = write_whoami(x.buffer, request, *x.client);
    x.rcode = rcode::noerror;
    x.result = verdict::reply;
}

/// A query with TSIG: its reply is signed, or says what is wrong with the signature (RFC 8945 5.2, 5.3).
void responder::working_set::answer_signed(exchange& x, dns::request_view const& request, zone::snapshot const& now,
                                           update::key_ring const& keys, std::uint64_t time)
{
    std::span<std::uint8_t const> const message = x.buffer.first(x.request_size);
    auto const tsig = dns::read_tsig(message, request.tsig_at);
    if (!tsig) {
        bare(x, request, rcode::formerr);
        return;
    }
    auto const signature = update::check_signature(keys, message, *tsig, time);
    dns::tsig_reply_state const state = dns::make_reply_state(*tsig, signature.status);
    auto& note = signed_queries_.emplace_back(signed_query{&x, signature.verified() ? signature.named : nullptr,
                                                           signature.status.rcode, signature.reason, tsig->key_name,
                                                           request.question.qname, request.question.type});
    if (signature.verified()) {
        auto const* const zone = now.closest(request.question.qname);
        bool const may_see_all =
            zone != nullptr && zone->state().is_catalog && update::may_transfer(*signature.named, zone->apex());
        if (x.client != nullptr && is_whoami(request.question))
            answer_whoami(x, request);
        else
            answer_alone(x, request, now, dns::tsig_reply_size(state, signature.key()), may_see_all);
        note.rcode = x.rcode == rcode::nxdomain ? rcode::noerror : x.rcode;
    }
    if (note.rcode == rcode::noerror) {
        dns::wire_writer out{x.buffer, x.reply_size, x.buffer.size()};
        dns::sign_reply(out, state, signature.key(), time);
        x.reply_size = out.position();
        return;
    }
    if (note.reason.empty())
        note.reason = explain_refusal(request, note.rcode);
    x.result = verdict::reply;
    x.rcode = note.rcode;
    x.reply_size = write_signed_reply(x.buffer, request, state, signature.key(), note.rcode, note.reason, time);
}

} // namespace homing::server
