#include "update/policy.hpp"

#include "dns/presentation.hpp"

namespace homing::update {

outcome check_policy(granted_key const& key, std::span<raw_record const> updates)
{
    for (raw_record const& r : updates)
        if (!key.may_change(r.owner))
            return decline(dns::rcode::refused, "Key " + key.key->key_name().to_string() + " may not change " +
                                                    r.owner.to_string() + " " + dns::to_string(r.type) +
                                                    ": no grant covers the name.");
    return {};
}

} // namespace homing::update
