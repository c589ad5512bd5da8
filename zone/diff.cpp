#include "zone/diff.hpp"

#include <algorithm>

namespace homing::zone {

bool is_serial_only(rrset_change const& c)
{
    if (c.type() != dns::rr_type::soa || c.before.size() != 1 || c.after.size() != 1)
        return false;
    dns::rrset aligned{dns::rr_type::soa, c.before.ttl()};
    aligned.add(dns::with_serial(c.before.front(), dns::read_soa(c.after.front()).serial));
    return c.before.ttl() == c.after.ttl() && std::ranges::equal(aligned.packed(), c.after.packed());
}

} // namespace homing::zone
