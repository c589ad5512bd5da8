#include "zone/difference_transfer.hpp"

#include "zone/transfer_record.hpp"

#include <limits>
#include <stdexcept>

namespace homing::zone {

namespace {

constexpr std::size_t soa_octets = 64;

std::size_t wire_octets(rrset_change const& c) noexcept
{
    return c.before.wire_size() + c.after.wire_size() + c.owner.view().size();
}

bool is_soa(rrset_change const& c) noexcept
{
    return c.type() == dns::rr_type::soa;
}

rrset_change const& soa_of(diff const& step)
{
    for (rrset_change const& c : step.changes)
        if (is_soa(c))
            return c;
    throw std::logic_error{"a step of a zone without its SOA"};
}

} // namespace

outgoing_difference::outgoing_difference(dns::name_view apex, std::vector<diff> steps)
    : apex_size_{apex.size()}, steps_{std::move(steps)}
{
    rrset_change const& newest = soa_of(steps_.back());
    add(newest, newest.after);
    for (diff const& step : steps_)
        add_step(step);
    add(newest, newest.after);
}

void outgoing_difference::add_step(diff const& step)
{
    rrset_change const& soa = soa_of(step);
    add(soa, soa.before);
    for (rrset_change const& c : step.changes)
        if (!is_soa(c))
            add(c, c.before);
    add(soa, soa.after);
    for (rrset_change const& c : step.changes)
        if (!is_soa(c))
            add(c, c.after);
}

void outgoing_difference::add(rrset_change const& change, dns::rrset const& set)
{
    set.for_each([&](dns::rdata_view rdata) { records_.push_back({&change, &set, rdata}); });
}

std::uint16_t outgoing_difference::write(dns::wire_writer& out) noexcept
{
    out.note(dns::name_view{out.written().data() + dns::header_size, apex_size_}, dns::header_size);
    std::uint16_t count = 0;
    std::size_t owner_at = 0;
    for (dns::rrset const* last = nullptr; next_ != records_.size() && count != std::numeric_limits<std::uint16_t>::max();
         ++next_, ++count) {
        record const& r = records_[next_];
        if (r.set != last)
            owner_at = 0;
        last = r.set;
        auto const owner = r.change->owner.view();
        auto const type = static_cast<unsigned>(r.set->type());
        auto const ttl = r.set->ttl();
        std::uint8_t const head[8] = {static_cast<std::uint8_t>(type >> 8U),  static_cast<std::uint8_t>(type),     0, 1,
                                      static_cast<std::uint8_t>(ttl >> 24U),  static_cast<std::uint8_t>(ttl >> 16U),
                                      static_cast<std::uint8_t>(ttl >> 8U), static_cast<std::uint8_t>(ttl)};
        auto const relative = owner.bytes().first(owner.size() - apex_size_);
        if (relative.empty())
            owner_at = dns::header_size; // the question's name
        if (!write_transfer_record(out, owner_at, relative, r.set->type(), head, r.rdata))
            break;
    }
    return count;
}

std::size_t outgoing_difference::octets() const noexcept
{
    std::size_t octets = records_.size() * sizeof(record);
    for (diff const& step : steps_)
        for (rrset_change const& c : step.changes)
            octets += sizeof c + wire_octets(c);
    return octets;
}

std::size_t transfer_octets(std::span<diff const> steps) noexcept
{
    std::size_t octets = 2 * soa_octets;
    for (diff const& step : steps)
        for (rrset_change const& c : step.changes)
            octets += wire_octets(c);
    return octets;
}

} // namespace homing::zone
