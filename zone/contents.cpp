#include "zone/contents.hpp"

#include "zone/canonical_order.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace homing::zone {

namespace {

constexpr std::size_t most_bytes = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t size_octets = 4;

constexpr auto too_large = "The zone is too large: its records take more than 4 GiB.";

void append(std::vector<std::uint8_t>& out, std::span<std::uint8_t const> bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint64_t hash_without_case(dns::rdata_view rdata) noexcept
{
    std::uint64_t h = rdata.size();
    for (auto const b : rdata)
        h = (h ^ dns::lower(b)) * 0x9E3779B97F4A7C15;
    return h ^ h >> 29;
}

} // namespace

bool contents::has_room(std::size_t octets) const noexcept
{
    return octets <= most_bytes - bytes_.size() && entries_.size() < (1U << 31) - 1;
}

void contents::add(dns::name_view owner, dns::rr_type type, std::uint32_t ttl, dns::rdata_view rdata, std::uint32_t line)
{
    if (!has_room(owner.size() + 2 + rdata.size()))
        throw std::length_error{too_large};
    bool const repeats = !entries_.empty() && owner_of(entries_.back()) == owner;
    auto const place = repeats ? entries_.back().owner : static_cast<std::uint32_t>(bytes_.size());
    if (!repeats) {
        bytes_.resize(bytes_.size() + owner.size());
        std::transform(owner.data(), owner.data() + owner.size(), bytes_.data() + place, dns::lower);
        all_in_zone_ = all_in_zone_ && owner.is_subdomain_of(origin_);
    }
    entries_.push_back({place, static_cast<std::uint32_t>(bytes_.size()), ttl, line, 1, type, false});
    bytes_.push_back(static_cast<std::uint8_t>(rdata.size() >> 8));
    bytes_.push_back(static_cast<std::uint8_t>(rdata.size()));
    append(bytes_, rdata);
}

dns::name_view contents::owner_of(item const& i) const noexcept
{
    auto const* const begin = bytes_.data() + i.owner;
    auto const* end = begin;
    while (*end != 0)
        end += *end + 1;
    return {begin, static_cast<std::size_t>(end - begin) + 1};
}

/// What the names are sorted by: the labels that not all of them share, without the root's.
std::span<std::uint8_t const> contents::labels_of(item const& i) const noexcept
{
    auto const owner = owner_of(i);
    return owner.bytes().first(owner.size() - (all_in_zone_ ? origin_.size() : 1));
}

std::span<std::uint8_t const> contents::packed_of(item const& i) const noexcept
{
    auto const* const p = bytes_.data() + i.packed;
    if (i.count == 1)
        return {p, 2U + p[0] * 256U + p[1]};
    std::uint32_t size;
    std::memcpy(&size, p, size_octets);
    return {p + size_octets, size};
}

/// Brings the items into the order of their owners, and gives equal owners the same offset.
void contents::sort()
{
    auto const order = canonical_order(entries_.size(), {this, [](void const* self, std::uint32_t i) {
                                                             auto const& zone = *static_cast<contents const*>(self);
                                                             return zone.labels_of(zone.entries_[i]);
                                                         }});
    std::vector<item> sorted(entries_.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        sorted[i] = entries_[order[i].index];
        if (order[i].repeats != 0)
            sorted[i].owner = sorted[i - 1].owner;
    }
    entries_ = std::move(sorted);
}

/// The RRset of these records, its bytes appended to `out`.
contents::item contents::merge(std::span<item const> same_type, std::vector<std::uint8_t>& out) const
{
    item set = same_type.front();
    auto const place = static_cast<std::uint32_t>(out.size());
    if (same_type.size() == 1) {
        append(out, packed_of(set));
        set.packed = place;
        return set;
    }
    std::vector<dns::rdata_view> records;
    for (item const& i : same_type) {
        set.ttl_differed = set.ttl_differed || i.ttl != set.ttl;
        set.ttl = std::min(set.ttl, i.ttl);
        set.line = std::min(set.line, i.line);
        records.push_back(packed_of(i).subspan(2));
    }
    drop_duplicates(records, set.type);
    set.count = static_cast<std::uint32_t>(records.size());
    set.packed = place;
    if (set.count > 1)
        out.resize(out.size() + size_octets);
    for (auto const r : records) {
        std::uint8_t const length[] = {static_cast<std::uint8_t>(r.size() >> 8), static_cast<std::uint8_t>(r.size())};
        append(out, length);
        append(out, r);
    }
    auto const size = static_cast<std::uint32_t>(out.size() - place - size_octets);
    if (set.count > 1)
        std::memcpy(out.data() + place, &size, size_octets);
    return set;
}

/// Of records that are equal the first stays. Records are compared with those of the same hash only, and with some hundred of them at
/// most, which names that differ in case alone could exceed on purpose.
void contents::drop_duplicates(std::vector<dns::rdata_view>& records, dns::rr_type type) const
{
    constexpr std::size_t most_compared = 200;
    struct hashed {
        std::uint64_t hash;
        std::uint32_t index;
        bool operator<(hashed const& o) const noexcept { return hash != o.hash ? hash < o.hash : index < o.index; }
    };
    std::vector<hashed> by_hash;
    for (std::uint32_t i = 0; i < records.size(); ++i)
        by_hash.push_back({hash_without_case(records[i]), i});
    std::sort(by_hash.begin(), by_hash.end());
    std::vector<bool> dropped(records.size());
    std::vector<std::uint32_t> kept; // of the hash at hand
    for (std::size_t i = 0; i < by_hash.size(); ++i) {
        if (i == 0 || by_hash[i].hash != by_hash[i - 1].hash)
            kept.clear();
        auto const record = records[by_hash[i].index];
        auto const same = [&](std::uint32_t k) { return dns::equal_rdata(type, records[k], record); };
        if (std::any_of(kept.begin(), kept.end(), same))
            dropped[by_hash[i].index] = true;
        else if (kept.size() < most_compared)
            kept.push_back(by_hash[i].index);
    }
    std::size_t end = 0;
    for (std::size_t i = 0; i < records.size(); ++i)
        if (!dropped[i])
            records[end++] = records[i];
    records.resize(end);
}

/// The RRsets of one owner take the place of its records: those from `end` on.
void contents::finish_owner(std::span<item> owned, std::size_t& end, std::vector<std::uint8_t>& out)
{
    auto const by_type = [](item const& a, item const& b) { return a.type < b.type; };
    if (!std::is_sorted(owned.begin(), owned.end(), by_type))
        std::stable_sort(owned.begin(), owned.end(), by_type);
    auto const owner = static_cast<std::uint32_t>(out.size());
    append(out, owner_of(owned.front()).bytes());
    for (std::size_t k = 0; k < owned.size();) {
        std::size_t const begin = k;
        while (k < owned.size() && owned[k].type == owned[begin].type)
            ++k;
        item set = merge(owned.subspan(begin, k - begin), out);
        set.owner = owner;
        records_ += set.count;
        entries_[end++] = set;
    }
}

void contents::finish()
{
    constexpr std::size_t ahead = 8;
    sort();
    // In the order in which everybody will go through it: what is read together stands together.
    std::vector<std::uint8_t> out;
    out.reserve(bytes_.size() + entries_.size() / 2 * size_octets);
    std::size_t end = 0;
    for (std::size_t i = 0; i < entries_.size();) {
        if (i + ahead < entries_.size())
            __builtin_prefetch(bytes_.data() + entries_[i + ahead].owner);
        std::size_t const first = i;
        while (i < entries_.size() && entries_[i].owner == entries_[first].owner)
            ++i;
        finish_owner({entries_.data() + first, i - first}, end, out);
        if (out.size() > most_bytes)
            throw std::length_error{too_large};
    }
    entries_.resize(end);
    bytes_ = std::move(out);
}

contents::entry contents::operator[](std::size_t i) const noexcept
{
    item const& e = entries_[i];
    return {owner_of(e), e.type, e.ttl, e.count, e.line, e.ttl_differed, packed_of(e)};
}

std::size_t contents::lower_bound(dns::name_view owner) const noexcept
{
    auto const at =
        std::partition_point(entries_.begin(), entries_.end(), [&](item const& e) { return owner_of(e).compare(owner) < 0; });
    return static_cast<std::size_t>(at - entries_.begin());
}

std::optional<contents::entry> contents::find(dns::name_view owner, dns::rr_type type) const noexcept
{
    for (auto i = lower_bound(owner); i < entries_.size() && owner_of(entries_[i]) == owner; ++i)
        if (entries_[i].type == type)
            return (*this)[i];
    return {};
}

void contents::set_serial(std::uint32_t serial)
{
    std::span<std::uint8_t const> const packed = find(origin_, dns::rr_type::soa)->packed;
    constexpr std::size_t length_octets = 2;
    auto const fresh = dns::with_serial(packed.subspan(length_octets), serial);
    // The entry is a view of bytes that are ours; only the serial's four change.
    std::copy(fresh.begin(), fresh.end(), const_cast<std::uint8_t*>(packed.data()) + length_octets);
}

} // namespace homing::zone
