// Messages of transfers for tests, from lines as record_text.hpp reads them.
#pragma once

#include "dns/response.hpp"
#include "tests/support/record_text.hpp"

namespace homing::tests {

struct transfer_head {
    std::string apex = "example.com.";
    std::string type = "IXFR";
    std::uint16_t id = 7;
    std::uint16_t flags = dns::header_bits::qr | dns::header_bits::aa;
    std::uint16_t klass = 1; ///< of the records
    bool has_question = true;
};

/// A message with these records as its answer.
inline bytes transfer_message(std::vector<std::string> const& lines, transfer_head const& head = {})
{
    bytes buffer(dns::max_message_size);
    dns::wire_writer out{buffer, 0, buffer.size()};
    out.u16(head.id);
    out.u16(head.flags);
    out.u16(head.has_question ? 1 : 0);
    out.u16(static_cast<std::uint16_t>(lines.size()));
    out.u32(0);
    if (head.has_question) {
        out.plain(name(head.apex));
        out.u16(type_number(head.type));
        out.u16(1);
    }
    for (auto const& line : lines) {
        auto const r = record(line);
        out.plain(r.owner);
        out.u16(static_cast<std::uint16_t>(r.type));
        out.u16(head.klass);
        out.u32(r.ttl);
        out.u16(static_cast<std::uint16_t>(r.rdata.size()));
        out.bytes(r.rdata);
    }
    buffer.resize(out.position());
    return buffer;
}

/// The SOA of example.com with this serial.
inline std::string soa(std::uint32_t serial)
{
    return "example.com. 3600 SOA ns1.example.com. admin.example.com. " + std::to_string(serial) + " 3600 600 86400 60";
}

} // namespace homing::tests
