// Zone files (RFC 1035 5, with $ORIGIN, $TTL, $INCLUDE refused or confined, and BIND's TTL units) in and out.
#pragma once

#include "dns/result.hpp"
#include "zone/check.hpp"
#include "zone/contents.hpp"
#include "zone/snapshot.hpp"

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

namespace homing::zone {

/// Octets read so far of `total` (0: unknown). Called now and then; may be empty.
using progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct file_reading {
    contents zone;
    std::vector<finding> errors; ///< syntax errors, by line, at most 20; the reading goes on after one
};

/// Reads a zone file from `file` (left open; `display_name` for messages). Fails only when nothing could be read; what is wrong in
/// single lines is in `errors`. The result is finished (contents::finish) but not checked. Names and TTLs as RFC 1035 and RFC 2308 say
/// ($TTL, else the last TTL, else the SOA's minimum).
dns::result<file_reading> read_zone_file(std::FILE* file, std::string const& display_name, dns::name_view origin,
                                         progress const& = {});

/// Writes the zone as a zone file that read_zone_file and other servers read back as the same zone: SOA first, then by canonical order
/// of the owners. What stands below a DNAME, as updates may leave it there (RFC 6672 5.2), is not answered and has no place in a zone
/// file (2.4): it is written as comments. Returns how many records those are, or nothing if the stream failed.
std::optional<std::size_t> write_zone_file(std::FILE* out, zone_version const&);

} // namespace homing::zone
