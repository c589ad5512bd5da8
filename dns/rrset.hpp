// An RRset as a value: what storage keeps, updates edit, and zone files are read into.
//
// The records have no order of meaning, are never equal to each other (equal_rdata) and share one TTL (RFC 2181 5). The owner
// name stands beside it, not in it. A plain value: one thread at a time.
#pragma once

#include "dns/rdata.hpp"

namespace homing::dns {

class rrset {
public:
    rrset() = default;
    rrset(rr_type type, std::uint32_t ttl) : type_{type}, ttl_{ttl} {}

    /// From `packed()` bytes; nothing if they are not well formed for `type` (a damaged store).
    static std::optional<rrset> from_packed(rr_type, std::uint32_t ttl, std::span<std::uint8_t const>);

    rr_type type() const noexcept { return type_; }
    std::uint32_t ttl() const noexcept { return ttl_; }
    void ttl(std::uint32_t t) noexcept { ttl_ = t; }
    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; } ///< records
    /// Octets that the records take in a message, each with a compressed owner (12 + rdata).
    std::size_t wire_size() const noexcept { return packed_.size() + count_ * 10U; }

    bool contains(rdata_view) const noexcept;
    /// Adds a record; false if it was there. Precondition: valid rdata of this type.
    bool add(rdata_view);
    /// Removes a record; false if it was not there.
    bool remove(rdata_view);
    /// Adds a record that is known not to be there.
    void append(rdata_view);
    void reserve(std::size_t octets) { packed_.reserve(octets); }
    void clear() noexcept { packed_.clear(), count_ = 0; }

    /// The records one after the other, each as a 16-bit big-endian length and the rdata: the form that storage keeps.
    std::span<std::uint8_t const> packed() const noexcept { return packed_; }

    /// Calls f(rdata_view) for every record, in the order of their arrival.
    template <class F>
    void for_each(F&& f) const
    {
        for (std::size_t i = 0; i < packed_.size();) {
            std::size_t const n = packed_[i] * 256U + packed_[i + 1];
            f(rdata_view{packed_.data() + i + 2, n});
            i += 2 + n;
        }
    }

    /// The first record's rdata. Precondition: not empty.
    rdata_view front() const noexcept { return {packed_.data() + 2, packed_[0] * 256U + packed_[1]}; }

    /// Same type, TTL and records in whatever order.
    friend bool operator==(rrset const&, rrset const&) noexcept;

private:
    rr_type type_ = rr_type::none;
    std::uint32_t ttl_ = 0;
    std::uint32_t count_ = 0;
    std::vector<std::uint8_t> packed_;
};

/// The largest RRset that is kept: it must fit in a message together with its question (a name of 255 octets), an OPT, and the signature of
/// any key (a TSIG with names of 255 and 26 octets and a MAC of 64).
inline constexpr std::size_t max_rrset_wire_size = max_message_size - header_size - max_name_size - 4 - 64 - 371;

} // namespace homing::dns
