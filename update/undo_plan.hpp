// What it takes to undo a change: the RRsets that it touched get back what they held before it.
//
// An RRset can be undone while it is as the change left it, and needs not be when it is again as it was before the change. Otherwise a later change
// stands in the way: undoing would destroy what that one did. What left an RRset how is told by the journal, from the change on; what it holds
// by a version of the zone. So: first `look_at` a version, then `see` all later entries of the zone, to the end of the journal, which is never
// behind any version. What happens after that is found by the writer, because the request says what each RRset is expected to hold.
//
// Needs the memory of the change and of what later ones did to the same RRsets. One thread at a time.
#pragma once

#include "update/request.hpp"
#include "update/zone_change.hpp"
#include "zone/condensation.hpp"
#include "zone/snapshot.hpp"

#include <map>

namespace homing::update {

/// A later change, in a few words.
struct later_change {
    std::int64_t number = 0;
    std::int64_t time_ms = 0;
    storage::change_origin origin;
};

class undo_plan {
public:
    static constexpr std::size_t max_named = 4; ///< later changes that are named for one RRset, the newest ones

    /// Precondition: the change is incremental.
    explicit undo_plan(storage::journal_entry change);

    /// False if this version has not the zone of the change: it was removed since.
    bool look_at(zone::snapshot const&);
    /// Entries of the same zone after the change, in order.
    void see(storage::journal_entry const&);

    struct obstacle {
        dns::name owner;
        dns::rr_type type;
        std::vector<later_change> by; ///< newest first
        std::size_t count;            ///< changes in all; 0: the zone does not hold what its journal says
    };
    /// The RRsets that cannot be undone.
    std::vector<obstacle> obstacles() const;
    /// The change after which it is unknown what the zone held: it was replaced whole.
    std::optional<later_change> const& replaced_by() const noexcept { return replaced_by_; }
    /// Later changes of other RRsets at the names of this change, the newest ones: they can make the outcome impossible.
    std::vector<later_change> neighbours() const;

    /// For those RRsets that can be undone and need it.
    undo request() const;

    storage::journal_entry const& change() const noexcept { return change_; }

private:
    struct touched {
        zone::rrset_change change; // the SOA's with serial 0
        dns::rrset now;
        std::vector<later_change> by; // oldest first
        std::size_t count = 0;
    };
    enum class state { as_left, as_before, other };

    touched* find(zone::rrset_change const&);
    state state_of(touched const&) const;

    storage::journal_entry change_;
    std::vector<touched> rrsets_;
    std::map<std::pair<std::string, dns::rr_type>, std::size_t> index_; // by the owner's octets
    zone::condensation since_;                                          // the change; of its RRsets only
    zone::condensation with_it_;                                        // the same, and the change
    std::optional<later_change> replaced_by_;
    std::vector<later_change> neighbours_;
};

/// NXRRSET if an RRset is not as expected; REFUSED, with the reason, for what an UPDATE cannot do either: a CNAME beside other records, an
/// apex without name servers, too much at a name. Then the change must be dropped.
outcome apply_undo(zone_change&, undo const&);

} // namespace homing::update
