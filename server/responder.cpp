#include "server/responder.hpp"

#include "server/refusal.hpp"
#include "update/signature.hpp"
#include "zone/answer.hpp"
#include "zone/name_hash.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace homing::server {

namespace {

using dns::rcode;
using dns::rr_type;
using verdict = exchange::verdict;

constexpr std::size_t batch_size = 64;
constexpr std::size_t opt_size = 11;
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

/// A question on its way through the passes of a batch.
struct question {
    exchange* x = nullptr;
    zone::zone_version const* zone = nullptr;
    zone::name_index<zone::zone_version>::probe zone_probe;
    std::size_t apex = 0;                       // labels of the name that zone_probe looks for
    zone::name_index<zone::node>::probe probe;  // for the name itself
    zone::name_index<zone::node>::probe second; // for what the look-up will ask next
    zone::node const* exact = nullptr;
    std::size_t end = 0; // offset behind the question
    rr_type type = rr_type::none;
    std::uint16_t flags = 0;
    std::uint16_t room = 512; // what the client can take by UDP
    bool has_edns = false, dnssec_ok = false;
    std::size_t reserved = 0; // octets kept free for a signature
    zone::query_name name;
};

/// The fields behind the type of an OPT that ends the message: false if it is anything but plain.
bool read_plain_opt(std::span<std::uint8_t const> message, std::size_t at, question& q) noexcept
{
    std::uint8_t const* const p = message.data() + at;
    if (message.size() - at < opt_size || p[0] != 0 || load16(p + 1) != static_cast<std::uint16_t>(rr_type::opt) || p[5] != 0 ||
        p[6] != 0 || at + opt_size + load16(p + 9) != message.size())
        return false;
    for (std::size_t option = at + opt_size; option != message.size();) {
        if (message.size() - option < 4 || message.size() - option - 4 < load16(message.data() + option + 2))
            return false;
        option += 4U + load16(message.data() + option + 2);
    }
    q.has_edns = true;
    q.dnssec_ok = (p[7] & 0x80) != 0;
    q.room = std::max<std::uint16_t>(load16(p + 3), 512);
    return true;
}

/// The most common message: a standard query for data of class IN, one question, nothing else but perhaps a plain OPT. Everything else goes the
/// long way, so nothing here decides about errors.
bool read_plain_query(std::span<std::uint8_t const> message, question& q, std::uint64_t seed) noexcept
{
    static constexpr std::uint8_t one_question[7] = {0, 1, 0, 0, 0, 0, 0};
    if (message.size() < dns::header_size + 5 || (message[2] & 0xF8) != 0 ||
        std::memcmp(message.data() + 4, one_question, sizeof one_question) != 0 || message[11] > 1)
        return false;
    auto const name = dns::name_view::parse(message.subspan(dns::header_size));
    if (!name || message.size() - dns::header_size - name->size() < 4)
        return false;
    std::uint8_t const* const behind = name->data() + name->size();
    q.type = static_cast<rr_type>(load16(behind));
    q.end = dns::header_size + name->size() + 4;
    q.flags = load16(message.data() + 2);
    q.has_edns = q.dnssec_ok = false;
    q.room = 512;
    if (load16(behind + 2) != static_cast<std::uint16_t>(dns::rr_class::in) ||
        (dns::is_meta_type(q.type) && q.type != rr_type::any))
        return false;
    if (message[11] == 0 ? q.end != message.size() : !read_plain_opt(message, q.end, q))
        return false;
    q.name.assign(seed, *name);
    return true;
}

bool is_transfer(dns::question_view const& q) noexcept
{
    return q.klass == dns::rr_class::in && (q.type == rr_type::axfr || q.type == rr_type::ixfr);
}

/// Why a query with a good signature was refused, or could not be answered.
std::string explain_refusal(dns::request_view const& request)
{
    if (request.question.klass != dns::rr_class::in)
        return "Only class IN is served.";
    if (is_transfer(request.question))
        return "A transfer needs TCP.";
    if (dns::is_meta_type(request.question.type) && request.question.type != rr_type::any)
        return "The type is not one of data.";
    return "No zone of this server holds the name.";
}

/// The node of the name itself, from a probe that is through.
void finish_probe(question& q) noexcept
{
    q.exact = nullptr;
    if (q.zone == nullptr)
        return;
    auto const relative = zone::relative_to(*q.zone, q.name, q.name.labels());
    q.exact = q.probe.finish([&](zone::node const& n) { return std::ranges::equal(n.relative_name(), relative); });
}

} // namespace

struct responder::working_set {
    explicit working_set(options o) : options_{o} {}

    void answer(zone::snapshot const& now, update::key_ring const& keys, std::span<exchange> batch, std::uint64_t time);

    std::vector<signed_query> signed_queries_; // of the last call of responder::answer

private:
    void begin(exchange&, zone::snapshot const&, update::key_ring const&, std::uint64_t time);
    void find_zones(zone::snapshot const&) noexcept;
    void find_names() noexcept;
    void warm_enclosers() noexcept;
    void warm_wildcards() noexcept;
    template <auto Probe>
    void run_probes() noexcept;
    void write_answers() noexcept;

    void answer_other(exchange&, zone::snapshot const&, update::key_ring const&, std::uint64_t time);
    void answer_signed(exchange&, dns::request_view const&, zone::snapshot const&, update::key_ring const&, std::uint64_t time);
    static rcode refusal_of(dns::request_view const&) noexcept;
    static void begin_zone(question&, zone::snapshot const&) noexcept;
    void settle_zone(question&, zone::snapshot const&) const noexcept;
    void write_answer(question&) const noexcept;
    void answer_alone(exchange&, dns::request_view const&, zone::snapshot const&, std::size_t reserved) noexcept;
    void bare(exchange&, dns::request_view const&, rcode) const noexcept;

    options options_;
    std::size_t count_ = 0;
    std::array<question, batch_size> questions_;
    question single_;
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
    for (; !batch.empty(); batch = batch.subspan(std::min(batch.size(), batch_size)))
        working_->answer(now, keys, batch.first(std::min(batch.size(), batch_size)), time);
}

// In passes over the whole batch, so that the cache misses of its look-ups overlap instead of following each other.
void responder::working_set::answer(zone::snapshot const& now, update::key_ring const& keys, std::span<exchange> batch,
                                    std::uint64_t time)
{
    count_ = 0;
    for (exchange& x : batch)
        begin(x, now, keys, time);
    find_zones(now);
    warm_enclosers();
    find_names();
    warm_wildcards();
    write_answers();
}

void responder::working_set::begin(exchange& x, zone::snapshot const& now, update::key_ring const& keys, std::uint64_t time)
{
    question& q = questions_[count_];
    if (!read_plain_query(x.buffer.first(x.request_size), q, now.seed())) {
        answer_other(x, now, keys, time);
        return;
    }
    q.x = &x;
    q.reserved = 0;
    ++count_;
}

/// The zone of a question whose probe for the deepest possible apex is through.
void responder::working_set::settle_zone(question& q, zone::snapshot const& now) const noexcept
{
    std::size_t const labels = q.name.labels();
    q.zone = nullptr;
    if (q.apex != zone::snapshot::no_depth) {
        auto const apex = q.name.suffix(q.apex);
        q.zone =
            q.zone_probe.finish([&](zone::zone_version const& z) { return std::ranges::equal(z.apex().bytes(), apex.bytes()); });
        if (q.zone == nullptr && q.apex != 0)
            q.zone = now.closest(q.name, q.apex - 1);
    }
    // DS belongs to the zone above the cut (RFC 4035 3.1.4.1), if that is served here too.
    if (q.type == rr_type::ds && q.zone != nullptr && labels != 0 && q.zone->apex_labels() == labels)
        if (zone::zone_version const* const above = now.closest(q.name, labels - 1))
            q.zone = above;
    q.probe = q.zone != nullptr ? zone::name_index<zone::node>::probe{q.zone->names(), q.name.hash(labels)}
                                : zone::name_index<zone::node>::probe{};
}

void responder::working_set::begin_zone(question& q, zone::snapshot const& now) noexcept
{
    q.apex = now.deepest_apex(q.name.labels());
    q.zone_probe =
        q.apex != zone::snapshot::no_depth ? now.probe(q.name.hash(q.apex)) : zone::name_index<zone::zone_version>::probe{};
}

void responder::working_set::find_zones(zone::snapshot const& now) noexcept
{
    for (std::size_t i = 0; i < count_; ++i)
        begin_zone(questions_[i], now);
    run_probes<&question::zone_probe>();
    if (now.zone_count() > 1)
        for (std::size_t i = 0; i < count_; ++i)
            if (auto const* const z = questions_[i].zone_probe.candidate()) {
                __builtin_prefetch(z->apex().data());
                z->names().prefetch();
            }
    for (std::size_t i = 0; i < count_; ++i)
        settle_zone(questions_[i], now);
}

/// Goes down the index with all questions at once, a level at a time.
template <auto Probe>
void responder::working_set::run_probes() noexcept
{
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < count_; ++i)
            if ((questions_[i].*Probe).is_branch())
                (questions_[i].*Probe).prefetch_slot();
        for (std::size_t i = 0; i < count_; ++i)
            if (auto& probe = questions_[i].*Probe; probe.is_branch()) {
                probe.step();
                more |= probe.is_branch();
            }
    }
}

/// Brings the name just below the apex into the cache where it may be a delegation: the look-up will ask for it before all else.
void responder::working_set::warm_enclosers() noexcept
{
    bool any = false;
    for (std::size_t i = 0; i < count_; ++i) {
        question& q = questions_[i];
        q.second = {};
        if (q.zone == nullptr || q.name.labels() < q.zone->apex_labels() + 2 || !q.zone->may_cut_at(1))
            continue;
        q.second = {q.zone->names(), q.name.hash(q.zone->apex_labels() + 1)};
        any = true;
    }
    if (any)
        run_probes<&question::second>();
}

void responder::working_set::find_names() noexcept
{
    run_probes<&question::probe>();
    for (std::size_t i = 0; i < count_; ++i)
        finish_probe(questions_[i]);
}

/// Brings the wildcards into the cache that stand for names which do not exist two labels below the apex. (One label below it is always
/// the same wildcard, which stays there.)
void responder::working_set::warm_wildcards() noexcept
{
    static constexpr std::uint8_t star = '*';
    bool any = false;
    for (std::size_t i = 0; i < count_; ++i) {
        question& q = questions_[i];
        q.second = {};
        if (q.zone == nullptr || q.exact != nullptr || q.name.labels() != q.zone->apex_labels() + 2)
            continue;
        q.second = {q.zone->names(), zone::hash_label(q.name.hash(q.zone->apex_labels() + 1), &star, 1)};
        any = true;
    }
    if (any)
        run_probes<&question::second>();
}

void responder::working_set::write_answers() noexcept
{
    for (std::size_t i = 0; i < count_; ++i)
        write_answer(questions_[i]);
}

void responder::working_set::write_answer(question& q) const noexcept
{
    exchange& x = *q.x;
    x.result = verdict::reply;
    std::size_t const own = x.over_tcp ? dns::max_message_size : std::min(q.room, options_.udp_size);
    std::size_t const kept_free = q.reserved + (q.has_edns ? opt_size : 0);
    dns::wire_writer out{x.buffer, q.end, std::max(std::min(own, x.buffer.size()) - kept_free, q.end)};
    zone::answer_summary sum;
    if (q.zone != nullptr) {
        sum = zone::write_answer(*q.zone, q.name, q.type, zone::look_up(*q.zone, q.name, q.type, q.exact), q.dnssec_ok, out);
    } else {
        sum.rcode = rcode::refused;
        sum.authoritative = false;
    }
    if (q.has_edns) {
        out.limit(std::min(out.limit() + opt_size, x.buffer.size()));
        std::uint8_t const opt[opt_size] = {0,
                                            0,
                                            static_cast<std::uint8_t>(rr_type::opt),
                                            static_cast<std::uint8_t>(options_.udp_size >> 8U),
                                            static_cast<std::uint8_t>(options_.udp_size),
                                            0,
                                            0,
                                            static_cast<std::uint8_t>(q.dnssec_ok ? 0x80 : 0),
                                            0,
                                            0,
                                            0};
        out.bytes(opt);
        ++sum.additionals;
    }
    std::uint8_t* const header = x.buffer.data();
    store16(header + 2, dns::header_bits::qr | (sum.authoritative ? dns::header_bits::aa : 0U) |
                            (sum.truncated ? dns::header_bits::tc : 0U) | (q.flags & copied_flags) |
                            static_cast<unsigned>(sum.rcode));
    store16(header + 4, 1);
    store16(header + 6, sum.answers);
    store16(header + 8, sum.authorities);
    store16(header + 10, sum.additionals);
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
    dns::request_view const request = dns::request_view::read(message);
    if (header->opcode() != dns::opcode::query)
        bare(x, request, rcode::notimp);
    else if (request.error != rcode::noerror)
        bare(x, request, request.error);
    else if (x.over_tcp && is_transfer(request.question))
        x.result = verdict::transfer;
    else if (request.tsig_at != 0)
        answer_signed(x, request, now, keys, time);
    else
        answer_alone(x, request, now, 0);
}

void responder::working_set::answer_alone(exchange& x, dns::request_view const& request, zone::snapshot const& now,
                                          std::size_t reserved) noexcept
{
    if (rcode const code = refusal_of(request); code != rcode::noerror) {
        bare(x, request, code);
        return;
    }
    question& q = single_;
    q.x = &x;
    q.type = request.question.type;
    q.end = request.question.end;
    q.flags = request.header.flags;
    q.has_edns = request.edns.present;
    q.dnssec_ok = request.edns.dnssec_ok;
    q.room = request.edns.present ? std::max<std::uint16_t>(request.edns.udp_size, 512) : std::uint16_t{512};
    q.reserved = reserved;
    q.name.assign(now.seed(), request.question.qname);
    begin_zone(q, now);
    while (q.zone_probe.is_branch())
        q.zone_probe.step();
    settle_zone(q, now);
    while (q.probe.is_branch())
        q.probe.step();
    finish_probe(q);
    write_answer(q);
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
        answer_alone(x, request, now, dns::tsig_reply_size(state, signature.key()));
        note.rcode = x.rcode == rcode::nxdomain ? rcode::noerror : x.rcode;
    }
    if (note.rcode == rcode::noerror) {
        dns::wire_writer out{x.buffer, x.reply_size, x.buffer.size()};
        dns::sign_reply(out, state, signature.key(), time);
        x.reply_size = out.position();
        return;
    }
    if (note.reason.empty())
        note.reason = explain_refusal(request);
    x.result = verdict::reply;
    x.rcode = note.rcode;
    x.reply_size = write_signed_reply(x.buffer, request, state, signature.key(), note.rcode, note.reason, time);
}

} // namespace homing::server
