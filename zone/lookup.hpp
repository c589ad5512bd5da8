// What a zone says of a name and a type: RFC 1034 4.3.2 steps 3 and 4, with RFC 4592 (wildcards) and RFC 6672 (DNAME).
//
// Pure reading, no allocation; any thread that holds the version.
#pragma once

#include "zone/name_hash.hpp"
#include "zone/zone_version.hpp"

namespace homing::zone {

struct lookup_result {
    enum class kind : std::uint8_t {
        answer,   ///< `rrset` answers
        alias,    ///< `rrset` is the CNAME at the name (or at its wildcard)
        dname,    ///< `rrset` is the DNAME of an ancestor, `labels` long
        referral, ///< `rrset` is the NS of the cut at or above the name, `labels` long; `at` the cut's node
        nodata,   ///< the name exists (or a wildcard stands for it), the type does not
        nxdomain
    } what = kind::nxdomain;
    rrset_view rrset;
    node const* at = nullptr;
    std::size_t labels = 0;
};

/// The octets of `q` that name it relative to the zone's apex.
inline std::span<std::uint8_t const> relative_to(zone_version const& z, query_name const& q, std::size_t labels) noexcept
{
    std::size_t const from = q.offset_of(labels);
    return {q.view().data() + from, q.view().size() - from - z.apex().size()};
}

/// A look-up in steps, so that the cache misses of many overlap: each of the two functions asks for the memory that the next one reads, and
/// the others' steps give it the time to arrive.
class search {
public:
    search() = default;
    /// Begins to look up the whole of `q`, which must stay where it is. Precondition: `z` is the closest zone of the name (or, for DS at its
    /// apex, the zone above). ANY finds one RRset of the name (RFC 8482 4.1).
    search(zone_version const& z, query_name const& q, dns::rr_type) noexcept;
    /// The same where the node of the name itself is known: `exact`, or null if it does not exist.
    search(zone_version const& z, query_name const& q, dns::rr_type, node const* exact) noexcept;

    bool is_done() const noexcept { return stage_ == stage::done; }
    /// Precondition of both: not done.
    void prefetch() const noexcept
    {
        if (!probe_.is_done())
            probe_.prefetch();
    }
    void step() noexcept
    {
        if (probe_.is_done())
            arrive();
        else
            probe_.step();
    }

    /// Precondition: done.
    lookup_result const& result() const noexcept { return result_; }

private:
    enum class stage : std::uint8_t { descent, halving, wildcard, done };

    void begin() noexcept;
    void arrive() noexcept;
    void descend() noexcept;
    void halve() noexcept;
    void pass(node const&) noexcept;
    void seek(stage, std::size_t labels) noexcept;
    void seek_wildcard() noexcept;
    bool is_wildcard_of_encloser(node const&) const noexcept;
    void cut(lookup_result::kind, node const&, dns::rr_type) noexcept;
    void finish_at(node const&) noexcept;

    zone_version const* zone_ = nullptr;
    query_name const* q_ = nullptr;
    name_index<node>::probe probe_;
    dns::rr_type type_ = dns::rr_type::none;
    stage stage_ = stage::done;
    bool knows_exact_ = false;
    std::uint8_t exists_ = 0, missing_ = 0; // labels of the longest suffix known to exist, and of the shortest known not to
    std::uint8_t sought_ = 0;               // labels of the one being looked for
    node const* exact_ = nullptr;
    lookup_result result_;
};

/// A whole search at once.
lookup_result look_up(zone_version const&, query_name const&, dns::rr_type) noexcept;
lookup_result look_up(zone_version const&, query_name const&, dns::rr_type, node const* exact) noexcept;

} // namespace homing::zone
