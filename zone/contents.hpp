// All records of one zone as read from a file: sorted into RRsets, compact (a million names in some 60 MB).
//
// Filled with `add`, then `finish`ed, then read. One thread at a time.
#pragma once

#include "dns/name.hpp"
#include "dns/rrset.hpp"

#include <vector>

namespace homing::zone {

class contents {
public:
    explicit contents(dns::name_view origin) : origin_{dns::name{origin}.to_lower()} {}

    dns::name_view origin() const noexcept { return origin_; }

    /// Adds a record; the owner in any case and absolute, not necessarily in the zone (check.hpp tells). Rdata valid.
    /// `line` is where it stood in the file, 0 for unknown.
    void add(dns::name_view owner, dns::rr_type, std::uint32_t ttl, dns::rdata_view, std::uint32_t line = 0);

    /// Sorts by owner (canonical order, RFC 4034 6.1) and type, drops duplicate records, and gives each RRset one TTL (the
    /// lowest of its records, RFC 2181 5.2). Call once, after the last `add`.
    void finish();

    /// Gives the SOA at the origin another serial. Precondition: finished, with such an SOA.
    void set_serial(std::uint32_t serial);

    struct entry {
        dns::name_view owner; ///< absolute, lower case
        dns::rr_type type;
        std::uint32_t ttl;
        std::uint32_t count;                  ///< records
        std::uint32_t line;                   ///< of its first record
        std::span<std::uint8_t const> packed; ///< as dns::rrset::packed()
    };
    /// RRsets, once finished.
    std::size_t size() const noexcept { return entries_.size(); }
    std::size_t record_count() const noexcept { return records_; }
    entry operator[](std::size_t) const noexcept;
    /// The index of the first RRset at or after this owner in order; size() if none.
    std::size_t lower_bound(dns::name_view owner) const noexcept;
    /// The RRset of that owner and type, if there is one.
    std::optional<entry> find(dns::name_view owner, dns::rr_type) const noexcept;

private:
    // The layout is the author's; these two are what the inline functions above need.
    dns::name origin_;
    std::size_t records_ = 0;
    std::vector<std::uint64_t> entries_;
    std::vector<std::uint8_t> bytes_;
};

} // namespace homing::zone
