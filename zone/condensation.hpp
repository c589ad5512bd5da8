// Successive steps of a zone put together into one: what left and what came in all, without what came and left again in between
// (RFC 1995 6).
//
// A step may be whole, with each RRset as it was before and after, or as the journal has it, with only the records of it that
// differ. Records are compared octet for octet. The work depends on the steps alone, never on the size of the zone. One thread at a time.
#pragma once

#include "zone/diff.hpp"

#include <map>
#include <set>
#include <span>
#include <string>

namespace homing::zone {

class condensation {
public:
    /// The next step. Precondition: it leads on from where the one before led to.
    void add(std::span<rrset_change const>);
    void add(rrset_change const&);

    /// Something of the RRset is different after all steps. `owner`: lower case.
    bool is_changed(dns::name_view owner, dns::rr_type) const;

    /// The memory that it takes, roughly.
    std::size_t octets() const noexcept { return octets_; }

    /// What is different: in `before` the records that left, in `after` those that came (all of them where the TTL changed). In
    /// canonical order of the names (RFC 4034 6.1), by type at each.
    std::vector<rrset_change> take() const;

private:
    struct records {
        std::uint32_t ttl = 0; // of all of them
        std::set<std::string> data = {};
    };
    struct pending {
        dns::rr_type type;
        records left = {}, came = {};
    };

    static std::string key_of(dns::name_view owner, dns::rr_type);
    void move(dns::rrset const&, records& from, records& to);

    std::map<std::string, pending> rrsets_;
    std::size_t octets_ = 0;
};

/// The same step taken back.
std::vector<rrset_change> inverse(std::vector<rrset_change>);

} // namespace homing::zone
