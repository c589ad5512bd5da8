#include "update/look_ahead.hpp"

#include "zone/name_hash.hpp"

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
    for (bool is_done = false; !is_done;) {
        is_done = true;
        for (std::size_t i = 0; i < count_; ++i)
            if (probes_[i].is_branch())
                probes_[i].prefetch_slot();
        for (std::size_t i = 0; i < count_; ++i)
            if (probes_[i].is_branch()) {
                probes_[i].step();
                is_done = false;
            }
    }
    count_ = 0;
}

} // namespace homing::update
