// One name of one zone: its RRsets in one block of memory, laid out as they go into an answer.
//
// A node is immutable once its version is published. A node without RRsets is an empty non-terminal (RFC 4592 2.2.2). The
// block starts with this header; behind it stand the name (relative to the apex, lower case, no root label) and then, for each RRset in the
// order of their types, an 8-octet head and its records, each as: a pointer to offset 12 (the question's name), type, class IN,
// TTL, RDLENGTH, rdata. So an answer to a plain question is one copy.
#pragma once

#include "dns/rrset.hpp"

namespace homing::zone {

/// The records of one RRset inside a node; borrows from it.
struct rrset_view {
    dns::rr_type type = dns::rr_type::none;
    std::uint16_t count = 0;               ///< records; 0: there is no such RRset
    std::span<std::uint8_t const> records; ///< see above

    explicit operator bool() const noexcept { return count != 0; }
    std::uint32_t ttl() const noexcept;

    /// Calls f(dns::rdata_view) for every record.
    template <class F>
    void for_each(F&& f) const
    {
        for (std::size_t i = 0; i < records.size();) {
            std::size_t const n = records[i + 10] * 256U + records[i + 11];
            f(dns::rdata_view{records.data() + i + 12, n});
            i += 12 + n;
        }
    }
    /// The first record's rdata. Precondition: not empty.
    dns::rdata_view front() const noexcept { return {records.data() + 12, records[10] * 256U + records[11]}; }
    /// A value of its own, to be edited.
    dns::rrset copy() const;
};

class node {
public:
    enum flag : std::uint8_t { has_ns = 1, has_cname = 2, has_dname = 4, has_ds = 8 };

    bool has(flag f) const noexcept { return (flags_ & f) != 0; }
    bool is_empty_non_terminal() const noexcept { return rrsets_ == 0; }
    std::size_t rrset_count() const noexcept { return rrsets_; }
    /// Names exactly one label below this one that exist.
    std::uint32_t children() const noexcept { return children_; }

    /// The name without the apex's labels, lower case, no root label; empty at the apex.
    std::span<std::uint8_t const> relative_name() const noexcept { return {body(), name_size_}; }
    bool is_named(std::span<std::uint8_t const> lower_relative) const noexcept
    {
        return name_size_ == lower_relative.size() && dns::equal_octets(body(), lower_relative.data(), name_size_);
    }
    /// The first label of its name is `*` (below an apex that begins so, this may be so too).
    bool is_wildcard() const noexcept { return name_size_ >= 2 && body()[0] == 1 && body()[1] == '*'; }
    /// The full name, lower case.
    dns::name owner(dns::name_view apex) const noexcept;

    /// The RRset of a type; an empty view if there is none.
    rrset_view find(dns::rr_type) const noexcept;

    /// Calls f(rrset_view) for every RRset, by ascending type.
    template <class F>
    void for_each(F&& f) const
    {
        std::uint8_t const* p = body() + name_size_;
        for (unsigned i = 0; i < rrsets_; ++i) {
            head const h = head_at(p);
            f(rrset_view{h.type, h.count, {p + sizeof(head), h.size}});
            p += sizeof(head) + h.size;
        }
    }

private:
    friend class node_maker;
    struct head {
        dns::rr_type type;
        std::uint16_t count;
        std::uint32_t size; // of the records, in octets
    };
    static head head_at(std::uint8_t const* p) noexcept
    {
        head h;
        std::memcpy(&h, p, sizeof h);
        return h;
    }
    std::uint8_t const* body() const noexcept { return reinterpret_cast<std::uint8_t const*>(this + 1); }

    std::uint32_t bytes_; // of the whole block
    std::uint32_t children_;
    std::uint16_t rrsets_;
    std::uint8_t name_size_;
    std::uint8_t flags_;
};
static_assert(sizeof(node) == 12);

} // namespace homing::zone
