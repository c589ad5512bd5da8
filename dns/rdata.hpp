// What stands in the RDATA of each type: one table drives validation, decompression on input, compression on output,
// comparison and the search for names that want additional data.
//
// Rdata is kept uncompressed, in the case it came in. Types without an entry are opaque bytes (RFC 3597). Pure functions, any
// thread; none reads outside what it is given.
#pragma once

#include "dns/wire_reader.hpp"
#include "dns/wire_writer.hpp"

#include <vector>

namespace homing::dns {

/// A type's rdata as bytes, uncompressed and validated.
using rdata_view = std::span<std::uint8_t const>;

/// Reads `length` octets of rdata at the reader: validates the fields of `type`, decompresses names, appends the result to
/// `out` and returns its size. On failure latches the reader and leaves `out` as it was.
std::size_t read_rdata(wire_reader&, rr_type, std::size_t length, std::vector<std::uint8_t>& out);

/// The rdata is what `type` asks for (uncompressed form).
bool is_valid_rdata(rr_type, rdata_view) noexcept;

/// Writes rdata (without RDLENGTH), compressing names where RFC 3597 4 allows it (the types of RFC 1035).
void write_rdata(wire_writer&, rr_type, rdata_view) noexcept;

/// Names in this type's rdata may be compressed on output.
bool has_compressible_names(rr_type) noexcept;

/// Equal as RFC 2136 1.1.1 means it: names in rdata compare without case, all else byte for byte.
bool equal_rdata(rr_type, rdata_view, rdata_view) noexcept;

/// Where the name begins that the rdata's user will look up next (of NAPTR: where what stands before it begins); 0xFF if it has none.
constexpr std::uint8_t target_offset(rr_type type) noexcept
{
    switch (type) {
    case rr_type::ns:
    case rr_type::md:
    case rr_type::mf:
    case rr_type::cname:
    case rr_type::dname:
    case rr_type::ptr:
    case rr_type::mb: return 0;
    case rr_type::mx:
    case rr_type::afsdb:
    case rr_type::rt:
    case rr_type::kx:
    case rr_type::lp:
    case rr_type::svcb:
    case rr_type::https: return 2;
    case rr_type::naptr: return 4;
    case rr_type::srv: return 6;
    default: return 0xFF;
    }
}
/// The type's rdata may have one. Asked for every answer, so it is a look into a table.
inline bool has_target(rr_type type) noexcept
{
    static constexpr auto table = [] {
        std::array<bool, 128> t{};
        for (std::size_t i = 0; i < t.size(); ++i)
            t[i] = target_offset(static_cast<rr_type>(i)) != 0xFF;
        return t;
    }();
    auto const i = static_cast<std::size_t>(type);
    return i < table.size() && table[i];
}
/// The name itself; nothing for types without one.
std::optional<name_view> target_name(rr_type, rdata_view) noexcept;

/// The fields of an SOA; the names borrow from the rdata.
struct soa_fields {
    name_view mname, rname;
    std::uint32_t serial, refresh, retry, expire, minimum;
};
/// Precondition: valid rdata of an SOA.
soa_fields read_soa(rdata_view) noexcept;
/// The same rdata with another serial.
std::vector<std::uint8_t> with_serial(rdata_view soa, std::uint32_t serial);

} // namespace homing::dns
