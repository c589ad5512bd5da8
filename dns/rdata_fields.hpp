// The table behind dns/rdata.hpp: which fields stand in the rdata of each type, and the one walk over them.
//
// For sources of this folder. Constant data and pure functions, any thread.
#pragma once

#include "dns/wire_reader.hpp"

#include <vector>

namespace homing::dns {

enum class field_kind : std::uint8_t {
    end,             ///< no further field
    fixed,           ///< `n` octets
    name_rfc1035,    ///< may be compressed both ways (RFC 3597 4)
    name_received,   ///< decompressed when received, never sent compressed (RFC 3597 4)
    name_plain,      ///< never compressed
    string,          ///< a <character-string>
    optional_string, ///< one, or the end
    strings,         ///< one or more to the end
    counted,         ///< an octet that counts, and at least `n` that it counts
    rest,            ///< at least `n` octets to the end
    // What the above cannot say:
    a6,
    apl,
    bitmap, ///< types; at least `n` of them
    caa_tag,
    digest, ///< of a DS: its size follows from the octet before it
    hip,
    ipseckey,
    amtrelay,
    loc,
    svcb_parameters,
    zonemd
};

struct field {
    field_kind kind = field_kind::end;
    std::uint8_t n = 0;
};

struct rdata_layout {
    std::array<field, 5> fields{};
    bool has_names = false;
    bool is_compressible = false; ///< only name_rfc1035 and fixed fields, and at least one of the former
};

/// Of an unknown type: one field of any octets.
rdata_layout const& layout_of(rr_type) noexcept;

/// What a walk does with the fields that it comes by.
struct field_sink {
    std::vector<std::uint8_t>* out = nullptr; ///< if set: the fields are appended, uncompressed
    std::uint8_t const* other = nullptr;      ///< if set: as many octets as walked over, to compare with
    bool is_equal = true;                     ///< so far; names without case

    void bytes(std::span<std::uint8_t const>);
    void name(name_view);
};

/// Where rdata comes from: only in a message may names be compressed.
enum class rdata_origin : bool { message, memory };

/// Walks over the reader's remaining bytes as rdata of this layout. Latches the reader where they are not.
void walk_rdata(wire_reader&, rdata_layout const&, rdata_origin, field_sink&);

} // namespace homing::dns
