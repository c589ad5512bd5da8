// Looks at one zone from outside, as the world does: do its servers answer, and alike, and does the zone above lead to them.
//
// Asks name servers, each for three seconds at the most, and the resolver. Blocks; one thread at a time.
#pragma once

#include "server/commands/findings.hpp"
#include "server/commands/resolver.hpp"
#include "server/commands/welcome.hpp"

#include <vector>

namespace homing::server {

/// What this server knows of a zone.
struct known_zone {
    dns::name apex;
    std::uint32_t serial;
    std::vector<delegated_server> servers;
};

class zone_doctor {
public:
    zone_doctor(findings& found, dns::result<resolver> const& r) : found_{found}, resolver_{r} {}
    void look_at(known_zone);

private:
    void find_addresses(known_zone&);
    void look_at_server(known_zone const&, dns::name_view host, std::vector<std::uint8_t> const& address);
    void look_at_delegation(known_zone const&);
    dns::result<dns_reply> ask_parent(resolver::parent_zone const&, known_zone const&) const;
    void compare(resolver::parent_zone const&, dns_reply const&, known_zone const&);
    bool compare_glue(resolver::parent_zone const&, dns_reply const&, known_zone const&);

    findings& found_;
    dns::result<resolver> const& resolver_;
};

} // namespace homing::server
