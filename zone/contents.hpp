// All records of one zone as read from a file: sorted into RRsets, compact (a million names in some 60 MB).
//
// Filled with `add`, then `finish`ed, then read. One thread at a time. It holds 4 GiB at most; `add` and `finish` throw
// std::length_error beyond that.
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
        bool ttl_differed;                    ///< its records did not have the same TTL
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
    /// A record while the zone is filled; an RRset once it is finished.
    struct item {
        std::uint32_t owner;  // offset in bytes_
        std::uint32_t packed; // offset in bytes_; with several records, of their size in four octets, which they follow
        std::uint32_t ttl;
        std::uint32_t line;
        std::uint32_t count;
        dns::rr_type type;
        bool ttl_differed;
    };

    dns::name_view owner_of(item const&) const noexcept;
    std::span<std::uint8_t const> labels_of(item const&) const noexcept;
    std::span<std::uint8_t const> packed_of(item const&) const noexcept;
    bool has_room(std::size_t) const noexcept;
    void sort();
    void finish_owner(std::span<item> owned, std::size_t& end, std::vector<std::uint8_t>& out);
    item merge(std::span<item const> same_type, std::vector<std::uint8_t>& out) const;
    void drop_duplicates(std::vector<dns::rdata_view>&, dns::rr_type) const;

    dns::name origin_;
    std::size_t records_ = 0;
    bool all_in_zone_ = true;
    std::vector<item> entries_;
    // Owners, lower case, and records as in packed(). An owner that several records in a row have stands there once.
    std::vector<std::uint8_t> bytes_;
};

} // namespace homing::zone
