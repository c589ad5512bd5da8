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

/// The name in rdata that its user will look up next: of NS, CNAME, DNAME, PTR, MX, SRV, ... Nothing for others.
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
