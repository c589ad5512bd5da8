// Rdata of any type at any place of any bytes: what is accepted is valid, equal to itself, and reads back after it was written.
//
// The first two octets are the type, the third the place.
#include "dns/rrset.hpp"

#include <cstdlib>

using namespace homing::dns;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

std::vector<std::uint8_t> written(rr_type type, rdata_view rdata)
{
    std::vector<std::uint8_t> buffer(header_size + rdata.size());
    wire_writer out{buffer, header_size, buffer.size()};
    write_rdata(out, type, rdata);
    require(out.ok());
    buffer.resize(out.position());
    return buffer;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 3 || size > max_message_size)
        return 0;
    auto const type = static_cast<rr_type>(data[0] << 8 | data[1]);
    std::span<std::uint8_t const> const message{data + 3, size - 3};
    std::size_t const at = message.empty() ? 0 : data[2] % message.size();
    std::vector<std::uint8_t> rdata;
    wire_reader in{message, at};
    read_rdata(in, type, message.size() - at, rdata);
    bool const is_valid = is_valid_rdata(type, message.subspan(at));
    target_name(type, message.subspan(at));
    if (!in.ok()) {
        require(rdata.empty() && !is_valid);
        return 0;
    }
    require(is_valid_rdata(type, rdata) && equal_rdata(type, rdata, rdata));
    target_name(type, rdata);
    if (type == rr_type::soa)
        require(with_serial(rdata, read_soa(rdata).serial) == rdata);
    auto const message_again = written(type, rdata);
    std::vector<std::uint8_t> again;
    wire_reader second{message_again, header_size};
    read_rdata(second, type, message_again.size() - header_size, again);
    require(second.ok() && equal_rdata(type, rdata, again));
    rrset set{type, 0};
    require(set.add(rdata) && !set.add(again) && rrset::from_packed(type, 0, set.packed()));
    return 0;
}
