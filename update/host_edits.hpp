// What an update of hosts comes to: which address goes where. Pure; any thread.
#pragma once

#include "update/host_request.hpp"

#include "dns/rrset.hpp"
#include "zone/zone_version.hpp"

namespace homing::update {

/// The network's bits of the prefix and the host's bits of the suffix.
storage::ipv6_octets combine(ipv6_prefix const&, storage::ipv6_octets const& suffix) noexcept;

/// The RRsets that a host is to have: by type, an empty one to have none. A host that keeps an interface identifier takes its IPv6 address from the
/// prefix if there is one.
std::vector<dns::rrset> wanted_addresses(host_update const&, storage::host_record const&);

/// The zone has this RRset, or none where it is empty, just so.
bool has_just(zone::zone_version const&, dns::name_view owner, dns::rrset const&);

/// "192.0.2.1,2001:db8::1"; "none" without any.
std::string addresses_text(std::vector<dns::rrset> const&);

} // namespace homing::update
