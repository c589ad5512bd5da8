// A server for tests of the agent, as a function: it reads an agent's message and makes the reply.
#pragma once

#include "agent/messages.hpp"

#include <memory>

namespace homing::tests {

using bytes = std::vector<std::uint8_t>;

inline std::shared_ptr<dns::tsig_key const> agent_key(std::uint8_t octet = 1)
{
    return std::make_shared<dns::tsig_key>(*dns::name::from_text("home.example.com"), dns::tsig_algorithm::hmac_sha256,
                                           bytes(32, octet));
}

struct record {
    char const* owner;
    dns::rr_type type;
    bytes rdata;
};

inline bytes soa_rdata(char const* primary)
{
    auto const name = *dns::name::from_text(primary);
    bytes rdata{name.data(), name.data() + name.size()};
    rdata.push_back(0); // RNAME: the root
    rdata.resize(rdata.size() + 20);
    return rdata;
}

inline bytes octets_of(char const* address)
{
    auto const a = *agent::ip_address::from_text(address);
    return {a.octets().begin(), a.octets().end()};
}

/// The reply to a request, signed as it is with `key` (or not, where that is null), at `time`.
inline bytes reply_to(bytes const& request, dns::rcode code, std::vector<record> const& answer, dns::tsig_key const* key,
                      std::uint64_t time)
{
    auto const view = dns::request_view::read(request);
    bytes buffer(4096);
    std::copy(request.begin(), request.end(), buffer.begin());
    auto const size = dns::write_bare_reply(buffer, view, code);
    dns::wire_writer out{buffer, size, buffer.size()};
    for (auto const& r : answer) {
        out.plain(*dns::name::from_text(r.owner));
        out.u16(static_cast<std::uint16_t>(r.type));
        out.u16(1);
        out.u32(60);
        out.u16(static_cast<std::uint16_t>(r.rdata.size()));
        out.bytes(r.rdata);
    }
    out.patch16(6, static_cast<std::uint16_t>(answer.size()));
    if (key != nullptr && view.tsig_at != 0) {
        auto const tsig = *dns::read_tsig(request, view.tsig_at);
        auto const status = dns::verify_tsig(request, tsig, key, time);
        if (!status.verified())
            out.patch16(2, static_cast<std::uint16_t>((out.written()[2] << 8 & 0xFF00) | static_cast<unsigned>(status.rcode)));
        dns::sign_reply(out, dns::make_reply_state(tsig, status), key, time);
    }
    return {out.written().begin(), out.written().end()};
}

/// What an UPDATE says of the addresses: "-A +A 203.0.113.1".
inline std::string told_by(bytes const& update)
{
    auto const view = dns::request_view::read(update);
    std::string text;
    dns::wire_reader in{update, view.sections[2]};
    dns::record_view r;
    for (unsigned left = view.header.counts[2]; left != 0; --left) {
        dns::read_record(in, r);
        std::string const type = r.type == dns::rr_type::a ? "A" : "AAAA";
        text += text.empty() ? "" : " ";
        if (r.klass == dns::rr_class::any) {
            text += "-" + type;
        } else {
            auto const f = r.type == dns::rr_type::a ? agent::address_family::ipv4 : agent::address_family::ipv6;
            text += "+" + type + " " + agent::ip_address{f, std::span{update}.subspan(r.rdata_at, r.rdata_size)}.to_string();
        }
    }
    return text;
}

} // namespace homing::tests
