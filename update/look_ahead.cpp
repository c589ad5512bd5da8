#include "update/look_ahead.hpp"

#include "zone/name_hash.hpp"
#include "zone/side_by_side.hpp"

namespace homing::update {

void look_ahead::add(request const& r) noexcept
{
    auto const* const u = std::get_if<dns_update>(&r.what);
    zone::zone_version const* const zone = u != nullptr ? now_.find(u->zone) : nullptr;
    if (zone == nullptr)
        return;
    add(*zone, u->prerequisites);
    add(*zone, u->updates);
}

void look_ahead::add(zone::zone_version const& zone, std::vector<raw_record> const& records) noexcept
{
    raw_record const* before = nullptr;
    for (raw_record const& r : records) {
        if (count_ == probes_.size())
            return;
        if (before == nullptr || !(before->owner == r.owner)) // most requests have one name
            probes_[count_++] = probe{zone.names(), zone::hash_name(now_.seed(), r.owner)};
        before = &r;
    }
}

void look_ahead::run() noexcept
{
    zone::run_side_by_side(std::span{probes_}.first(count_));
    count_ = 0;
}

} // namespace homing::update
