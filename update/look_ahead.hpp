// Brings what a few requests will look up into the processor's caches, for all of them at once.
//
// In a zone of a million names each step down the index is a line that is in no cache. Done one request after the other those waits add
// up; here they overlap. Changes nothing and decides nothing. One thread.
#pragma once

#include "update/request.hpp"
#include "zone/snapshot.hpp"

#include <array>

namespace homing::update {

class look_ahead {
public:
    explicit look_ahead(zone::snapshot const& now) noexcept : now_{now} {}

    /// The names that this request will look up, as far as there is room.
    void add(request const&) noexcept;
    /// Call after some were added, before they are executed.
    void run() noexcept;

private:
    using probe = zone::name_index<zone::node>::probe;

    void add(zone::zone_version const&, std::vector<raw_record> const&) noexcept;

    zone::snapshot const& now_;
    std::array<probe, 64> probes_;
    std::size_t count_ = 0;
};

} // namespace homing::update
