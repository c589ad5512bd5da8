#include "dns/rrset.hpp"

namespace homing::dns {

namespace {

/// The packed record at the start of `packed`, or nothing if it does not fit.
std::optional<rdata_view> first_record(std::span<std::uint8_t const> packed) noexcept
{
    if (packed.size() < 2)
        return {};
    std::size_t const size = packed[0] * 256U + packed[1];
    if (size > packed.size() - 2)
        return {};
    return packed.subspan(2, size);
}

} // namespace

std::optional<rrset> rrset::from_packed(rr_type type, std::uint32_t ttl, std::span<std::uint8_t const> packed)
{
    rrset set{type, ttl};
    set.packed_.assign(packed.begin(), packed.end());
    while (!packed.empty()) {
        auto const record = first_record(packed);
        if (!record || !is_valid_rdata(type, *record))
            return {};
        ++set.count_;
        packed = packed.subspan(2 + record->size());
    }
    return set;
}

bool rrset::contains(rdata_view rdata) const noexcept
{
    for (std::span<std::uint8_t const> left = packed_; !left.empty();) {
        rdata_view const record = *first_record(left);
        if (equal_rdata(type_, record, rdata))
            return true;
        left = left.subspan(2 + record.size());
    }
    return false;
}

bool rrset::add(rdata_view rdata)
{
    if (contains(rdata))
        return false;
    append(rdata);
    return true;
}

void rrset::append(rdata_view rdata)
{
    packed_.push_back(static_cast<std::uint8_t>(rdata.size() >> 8));
    packed_.push_back(static_cast<std::uint8_t>(rdata.size()));
    packed_.insert(packed_.end(), rdata.begin(), rdata.end());
    ++count_;
}

bool rrset::remove(rdata_view rdata)
{
    for (std::size_t at = 0; at < packed_.size();) {
        rdata_view const record = *first_record(std::span{packed_}.subspan(at));
        std::size_t const end = at + 2 + record.size();
        if (equal_rdata(type_, record, rdata)) {
            packed_.erase(packed_.begin() + static_cast<std::ptrdiff_t>(at), packed_.begin() + static_cast<std::ptrdiff_t>(end));
            --count_;
            return true;
        }
        at = end;
    }
    return false;
}

bool operator==(rrset const& a, rrset const& b) noexcept
{
    if (a.type_ != b.type_ || a.ttl_ != b.ttl_ || a.count_ != b.count_ || a.packed_.size() != b.packed_.size())
        return false;
    if (a.packed_ == b.packed_)
        return true;
    bool equal = true;
    a.for_each([&](rdata_view record) { equal = equal && b.contains(record); });
    return equal;
}

} // namespace homing::dns
