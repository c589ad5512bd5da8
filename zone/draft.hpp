// The editable successor of a snapshot: edits of zones one after the other, each kept or taken back, then frozen into the next
// version (versions.hpp).
//
// Only the writer's thread has a draft, and at most one at a time. The cost of an edit does not depend on the size of its zone.
#pragma once

#include "zone/contents.hpp"
#include "zone/diff.hpp"
#include "zone/node_maker.hpp"
#include "zone/pool.hpp"
#include "zone/snapshot.hpp"

#include <vector>

namespace homing::zone {

class versions;
class zone_edit;

class draft {
public:
    draft(draft&&) noexcept;
    ~draft(); ///< takes back everything that was not published

    /// How the zones stand in this draft.
    snapshot const& now() const noexcept { return now_; }

    struct savepoint {
        snapshot state;
        std::size_t created, retired;
    };
    savepoint save() const;
    /// Takes back everything done since. Savepoints taken after it are void.
    void rollback(savepoint const&);

    /// Begins to change a zone of `now()`; nothing is seen in the draft until `zone_edit::apply`.
    /// Precondition: the zone is there. One edit at a time.
    zone_edit edit(dns::name_view apex);

    /// Adds the zone, or gives an existing one these contents whole. Precondition: the contents passed check.hpp; `id` is the
    /// store's number for the zone.
    void put(std::int64_t id, contents const&, zone_state const& = {});
    /// Precondition: the zone is there.
    void mark(dns::name_view apex, zone_state const&);
    /// Removes a zone; false if there is none.
    bool remove(dns::name_view apex);

private:
    friend class versions;
    friend class zone_edit;
    friend class loader;
    draft(versions&, snapshot const&);

    void keep(zone_version const* fresh, zone_version const* old);

    versions* owner_; // null once published or moved from
    snapshot now_;
    memory_log log_;
};

/// A change of one zone in a draft. Reads see what was set before.
class zone_edit {
public:
    zone_version const& now() const noexcept { return zone_; }

    /// The RRset as it now stands; empty (type set, no records) if there is none. Precondition: owner in the zone, any case.
    dns::rrset get(dns::name_view owner, dns::rr_type) const;

    /// Puts the RRset in the place of the owner's one of that type; an empty one removes it. Empty non-terminals, children
    /// counts, cut depths and the serial (with the SOA) follow. Precondition: owner in the zone.
    void set(dns::name_view owner, dns::rrset const&);

    /// Makes the changed zone part of the draft. Last call.
    void apply();

private:
    friend class draft;
    zone_edit(draft&, zone_version const&);

    /// A name of this zone, ready to be looked up.
    struct place {
        dns::name lowered;
        std::uint64_t hash;
    };
    place at(dns::name_view owner) const noexcept;
    std::span<std::uint8_t const> relative(place const&) const noexcept;
    node const* find(place const&) const noexcept;

    void lay_out(place const&, node const* old, dns::rrset const&);
    void put(place const&, node const* old, node const* fresh);
    void add_to_parent(place const&);
    void take_from_parent(place const&);
    node const* with_children(node const&, std::uint32_t children);

    draft& draft_;
    zone_version const* original_;
    zone_version zone_;
    node_maker maker_;
};

} // namespace homing::zone
