// What becomes of the names that NS, MX and SRV records of a zone point to.
//
// Answers from the zone alone, and remembers answers, because many records point to the same few names. Holds while the contents live.
// One thread.
#pragma once

#include "zone/contents.hpp"

#include <unordered_map>

namespace homing::zone {

enum class target_state : std::uint8_t {
    addressed, ///< has an A or AAAA, by a wildcard perhaps
    elsewhere, ///< not in this zone, or the root, which stands for "none"
    number,    ///< ends in a number: an address, not a name
    alias,     ///< is a CNAME
    renamed,   ///< is below a DNAME
    bare,      ///< is in this zone and has no address
    delegated  ///< is at or below a delegation and has no glue
};

class targets {
public:
    /// Precondition: finished.
    explicit targets(contents const& zone) : zone_{zone} {}

    target_state find(dns::name_view target);

private:
    static constexpr std::size_t most_remembered = 10000;

    target_state look_up(dns::name_view target) const;
    target_state look_above(dns::name_view target) const;
    std::optional<target_state> look_at(dns::name_view owner) const;
    bool exists(dns::name_view owner) const;
    bool has(dns::name_view owner, dns::rr_type) const;

    contents const& zone_;
    std::unordered_map<std::string, target_state> remembered_;
};

} // namespace homing::zone
