// What a key may do: the meaning of grants, and RFC 2136 3.3. Deny by default; what one grant allows, no other takes away.
//
// A grant covers names: its `where` and all below it; `exact`: that name alone. A label of `where` may stand for any one label, `*` itself among
// them. It covers types: those listed, or else all but SOA, NS and DNSSEC's. At the apex of the zone that is changed it covers them only if it
// says so, by at_apex or by naming that name alone. Presets:
//
//   host          A, AAAA of exactly the name, be it an apex or not
//   acme          TXT of names at or below it of which one label is _acme-challenge
//   dhcp          A, AAAA, PTR, TXT, DHCID of names below it (not of itself), but for an apex
//   external-dns  A, AAAA, CNAME, MX, NAPTR, PTR, SRV, TXT, and NS but for an apex's; transfer
//   zone          all types at and below it; transfer; query
//   admin         the same for every zone
//
// Any thread.
#pragma once

#include "update/key_ring.hpp"
#include "update/request.hpp"
#include "zone/zone_version.hpp"

#include <span>

namespace homing::update {

/// Of one key. A bound for its part of an update's cost, and of what one change of the key writes.
inline constexpr std::size_t max_grants_per_key = 4096;

/// What the grant says itself, or its preset does for it.
storage::rights rights_of(storage::grant const&) noexcept;
/// Precondition: the grant's `where` matches the name or one above it (grant_set).
bool covers_name(storage::grant const&, dns::name_view owner) noexcept;
/// `at_apex`: of the zone that is changed.
bool covers_type(storage::grant const&, dns::rr_type, bool at_apex) noexcept;
/// Whether there is any type that it covers.
bool covers_some_type(storage::grant const&, bool at_apex) noexcept;
/// SOA, NS and DNSSEC's: what a grant covers only if it is asked for.
bool is_reserved(dns::rr_type) noexcept;

/// How the question whether a key may do something ended.
struct decision {
    enum class reason : std::uint8_t {
        granted,
        no_name,    ///< no grant covers the name
        other_type, ///< grants cover the name, but not this type
        at_apex     ///< a grant covers the type everywhere but at an apex
    };
    reason why = reason::no_name;
    storage::grant const* by = nullptr; ///< a grant that allows it; null: denied

    explicit operator bool() const noexcept { return by != nullptr; }
};

/// May it change records of this type (no meta type) at this name of this zone?
decision may_update(granted_key const&, dns::name_view apex, dns::name_view owner, dns::rr_type);
/// May it transfer the zone: does a grant for transfers cover the apex?
decision may_transfer(granted_key const&, dns::name_view apex);
/// May it delete whatever stands at a name: all types that stand there, of which it gets the first that it may not (`none`: nothing stands there,
/// and no grant covers the name). As in BIND, RRSIG and NSEC go with what they are for. At the apex, SOA and NS stay, and need no grant.
struct name_decision {
    dns::rr_type type = dns::rr_type::none;
    decision result;
};
name_decision may_delete_name(granted_key const&, zone::zone_version const&, dns::name_view owner);

/// Whether some grant, for whatever it is, covers a name that is or may be in the zone with this apex.
bool has_right_in(granted_key const&, dns::name_view apex);

/// NOERROR if the key may do each of these in this version of the zone; else REFUSED, naming the first that it may not. The serial that the server
/// itself advances needs no grant.
outcome check_policy(granted_key const&, zone::zone_version const&, std::span<raw_record const> updates);

/// Why it was denied, as the end of a sentence.
std::string_view explain(decision::reason) noexcept;

} // namespace homing::update
