#include "agent/messages.hpp"

#include "dns/request_start.hpp"
#include "dns/response.hpp"
#include "dns/whoami.hpp"

#include <algorithm>

namespace homing::agent {

namespace {

using dns::rcode;
using dns::rr_class;
using dns::rr_type;

constexpr std::size_t room = 2048; // two names, two addresses, a signature
constexpr std::uint16_t opcode_update = static_cast<std::uint16_t>(static_cast<unsigned>(dns::opcode::update) << 11);

void write_record(dns::wire_writer& out, dns::name_view owner, rr_type type, rr_class klass, std::uint32_t ttl,
                  std::span<std::uint8_t const> rdata)
{
    out.plain(owner);
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(klass));
    out.u32(ttl);
    out.u16(static_cast<std::uint16_t>(rdata.size()));
    out.bytes(rdata);
}

request finished(dns::wire_writer& out, dns::tsig_key const* key, std::uint64_t time)
{
    request made;
    if (key != nullptr)
        made.mac = dns::sign_request(out, *key, time);
    made.message.assign(out.written().begin(), out.written().end());
    return made;
}

bool is_of(dns::header const& reply, dns::header const& sent) noexcept
{
    return reply.is_response() && reply.id == sent.id && reply.opcode() == sent.opcode();
}

bool answers(dns::response_view const& reply, dns::request_view const& sent) noexcept
{
    if (!reply.question) // an UPDATE's reply may do without (RFC 2136 3.8), and one that did not understand us
        return sent.header.opcode() == dns::opcode::update || reply.rcode() != rcode::noerror;
    return reply.question->qname == sent.question.qname && reply.question->type == sent.question.type &&
           reply.question->klass == sent.question.klass;
}

std::uint64_t read_time(std::span<std::uint8_t const> octets) noexcept
{
    std::uint64_t time = 0;
    for (auto const octet : octets)
        time = time << 8 | octet;
    return time;
}

/// Fills in what the signature says; false if it is wrong.
bool read_signature(std::span<std::uint8_t const> message, std::size_t tsig_at, request const& asked, dns::tsig_key const& key,
                    std::uint64_t time, reply& found)
{
    auto const tsig = dns::read_tsig(message, tsig_at);
    if (!tsig || tsig->key_name != key.key_name())
        return false;
    found.signature_error = static_cast<rcode>(tsig->error);
    if (tsig->mac.empty()) // RFC 8945 5.3.2: of BADKEY and BADSIG
        return found.signature_error == rcode::badkey || found.signature_error == rcode::badsig;
    auto const status = dns::verify_tsig_reply(message, *tsig, &key, asked.mac, time);
    // The MAC covers ours, so a reply that was signed at another time than our clock shows is no old one.
    found.is_authentic = status.verified() || status.error == rcode::badtime;
    if (found.is_authentic && found.signature_error == rcode::badtime && tsig->other.size() == 6)
        found.server_time = read_time(tsig->other);
    return found.is_authentic;
}

/// Calls f(section, record) for each record.
template <class F>
void for_each_record(std::span<std::uint8_t const> message, F&& f)
{
    auto const view = dns::response_view::read(message);
    if (!view)
        return;
    dns::wire_reader in{message, view->sections[1]};
    dns::record_view r;
    for (std::size_t section = 1; section < 4; ++section)
        for (unsigned left = view->header.counts[section]; left != 0; --left) {
            read_record(in, r);
            f(section, r);
        }
}

} // namespace

dns::rr_type type_of(address_family f) noexcept
{
    return f == address_family::ipv4 ? rr_type::a : rr_type::aaaa;
}

request make_query(std::uint16_t id, dns::name_view name, dns::rr_type type, bool recurse)
{
    std::vector<std::uint8_t> buffer(room);
    dns::wire_writer out{buffer, 0, buffer.size()};
    dns::write_request_start(out, id, recurse ? dns::header_bits::rd : 0, name, type);
    return finished(out, nullptr, 0);
}

request make_whoami(std::uint16_t id, address_family f, dns::tsig_key const& key, std::uint64_t time)
{
    std::vector<std::uint8_t> buffer(room);
    dns::wire_writer out{buffer, 0, buffer.size()};
    dns::write_request_start(out, id, 0, dns::whoami_name(), type_of(f));
    return finished(out, &key, time);
}

request make_update(std::uint16_t id, dns::name_view zone, dns::name_view host, std::uint32_t ttl,
                    std::span<replacement const> what, dns::tsig_key const& key, std::uint64_t time)
{
    std::vector<std::uint8_t> buffer(room);
    dns::wire_writer out{buffer, 0, buffer.size()};
    auto const additions = std::count_if(what.begin(), what.end(), [](replacement const& r) { return r.address.has_value(); });
    auto const updates = static_cast<std::uint16_t>(what.size() + static_cast<std::size_t>(additions));
    dns::write_request_start(out, id, opcode_update, zone, rr_type::soa, {0, updates, 0});
    for (auto const& r : what) {
        write_record(out, host, type_of(r.family), rr_class::any, 0, {}); // RFC 2136 2.5.2: the RRset goes
        if (r.address)
            write_record(out, host, type_of(r.family), rr_class::in, ttl, r.address->octets());
    }
    return finished(out, &key, time);
}

std::variant<reply, reply_fault> read_reply(std::span<std::uint8_t const> message, request const& asked, dns::tsig_key const* key,
                                            std::uint64_t time)
{
    auto const sent = dns::request_view::read(asked.message);
    if (auto const head = dns::header::read(message); head && !is_of(*head, sent.header))
        return reply_fault::unrelated;
    auto const view = dns::response_view::read(message);
    if (!view)
        return reply_fault::malformed;
    if (!answers(*view, sent))
        return reply_fault::unrelated;
    reply found;
    found.rcode = view->rcode();
    found.is_truncated = view->is_truncated();
    if (key == nullptr || asked.mac.empty())
        return found;
    if (view->tsig_at != 0 && !read_signature(message, view->tsig_at, asked, *key, time, found))
        return reply_fault::wrongly_signed;
    if (!found.is_authentic && found.rcode == rcode::noerror) // of success nobody must be able to persuade us
        return reply_fault::wrongly_signed;
    return found;
}

std::vector<ip_address> addresses_in(std::span<std::uint8_t const> reply, dns::rr_type type, dns::name const* owner)
{
    std::vector<ip_address> found;
    auto const f = type == rr_type::a ? address_family::ipv4 : address_family::ipv6;
    std::size_t const size = f == address_family::ipv4 ? 4 : 16;
    for_each_record(reply, [&](std::size_t section, dns::record_view const& r) {
        if (section == 1 && r.type == type && r.klass == rr_class::in && r.rdata_size == size &&
            (owner == nullptr || r.owner == *owner))
            found.emplace_back(f, reply.subspan(r.rdata_at, size));
    });
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<zone_and_primary> soa_in(std::span<std::uint8_t const> reply, dns::name_view host)
{
    std::optional<zone_and_primary> found;
    for_each_record(reply, [&](std::size_t section, dns::record_view const& r) {
        if (found || section == 3 || r.type != rr_type::soa || r.klass != rr_class::in || !host.is_subdomain_of(r.owner))
            return;
        dns::wire_reader in = dns::wire_reader{reply, r.rdata_at}.sub(r.rdata_size);
        dns::name primary;
        in.read(primary);
        if (in.ok())
            found = zone_and_primary{r.owner, primary};
    });
    return found;
}

} // namespace homing::agent
