#include "storage/journal_steps.hpp"

#include "zone/condensation.hpp"

namespace homing::storage {

namespace {

std::size_t octets_of(std::vector<zone::rrset_change> const& changes) noexcept
{
    std::size_t octets = 0;
    for (auto const& c : changes)
        octets += sizeof c + c.before.wire_size() + c.after.wire_size();
    return octets;
}

/// The steps so far.
class gathering {
public:
    gathering(std::uint32_t from, step_limits const& limits) : limits_{limits}, from_{from}, serial_{from} {}

    std::uint32_t serial() const noexcept { return serial_; }

    /// False if it does not lead on, or there is no room.
    bool add(journal_entry&& e)
    {
        if (!e.is_incremental() || e.serial_from != serial_)
            return false;
        serial_ = e.serial_to;
        together_.add(e.changes);
        if (++count_ <= limits_.single) {
            single_octets_ += octets_of(e.changes);
            single_.push_back({e.serial_from, e.serial_to, std::move(e.changes)});
        } else {
            single_.clear();
            single_octets_ = 0;
        }
        return count_ <= limits_.steps && together_.octets() + single_octets_ <= limits_.memory;
    }

    std::vector<zone::diff> take()
    {
        if (count_ <= limits_.single)
            return std::move(single_);
        std::vector<zone::diff> one;
        one.push_back({from_, serial_, together_.take()});
        return one;
    }

private:
    step_limits const& limits_;
    std::uint32_t from_, serial_;
    std::size_t count_ = 0;
    std::vector<zone::diff> single_;
    std::size_t single_octets_ = 0;
    zone::condensation together_;
};

} // namespace

dns::result<std::optional<std::vector<zone::diff>>> read_steps(journal_source& journal, std::int64_t zone, std::uint32_t from,
                                                               std::uint32_t to, step_limits const& limits,
                                                               std::function<bool()> const& goes_on)
{
    using nothing = std::optional<std::vector<zone::diff>>;
    auto const place = journal.place_of(zone, from);
    if (!place)
        return place.error();
    if (!*place)
        return nothing{};
    auto const end = journal.place_of(zone, to);
    if (!end)
        return end.error();
    if (!*end || **end < **place || static_cast<std::uint64_t>(**end - **place) > limits.steps)
        return nothing{};
    gathering steps{from, limits};
    for (std::int64_t sequence = **place; steps.serial() != to;) {
        if (!goes_on())
            return nothing{};
        auto page = journal.from(zone, sequence);
        if (!page)
            return page.error();
        if (page->empty())
            return nothing{};
        for (auto& e : *page) {
            sequence = e.sequence + 1;
            if (!steps.add(std::move(e)))
                return nothing{};
            if (steps.serial() == to)
                break;
        }
    }
    return nothing{steps.take()};
}

} // namespace homing::storage
