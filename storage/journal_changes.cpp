#include "storage/journal_changes.hpp"

#include "dns/wire_reader.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace homing::storage {

namespace {

using buffer = std::vector<std::uint8_t>;

void put16(buffer& out, std::size_t v)
{
    out.push_back(static_cast<std::uint8_t>(v >> 8));
    out.push_back(static_cast<std::uint8_t>(v));
}

void put32(buffer& out, std::size_t v)
{
    put16(out, v >> 16);
    put16(out, v);
}

void put(buffer& out, octets bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Everything of an RRset before its records. Returns where the records' size stands.
std::size_t begin_rrset(buffer& out, octets owner, dns::rrset const& set)
{
    out.push_back(static_cast<std::uint8_t>(owner.size()));
    put(out, owner);
    put16(out, static_cast<std::uint16_t>(set.type()));
    put32(out, set.ttl());
    put32(out, 0);
    return out.size() - 4;
}

void end_rrset(buffer& out, std::size_t size_at)
{
    std::size_t const size = out.size() - size_at - 4;
    for (std::size_t i = 0; i < 4; ++i)
        out[size_at + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
}

void put_whole(buffer& out, octets owner, dns::rrset const& set)
{
    if (set.empty())
        return;
    std::size_t const size_at = begin_rrset(out, owner, set);
    put(out, set.packed());
    end_rrset(out, size_at);
}

bool is_before(octets a, octets b) noexcept
{
    return std::ranges::lexicographical_compare(a, b);
}

std::vector<octets> sorted_records(dns::rrset const& set)
{
    std::vector<octets> records;
    records.reserve(set.size());
    set.for_each([&](dns::rdata_view r) { records.push_back(r); });
    std::ranges::sort(records, is_before);
    return records;
}

/// The records of `set` that are not among `others`. Sorted, because an RRset may have thousands.
void put_missing(buffer& out, octets owner, dns::rrset const& set, std::vector<octets> const& records,
                 std::vector<octets> const& others)
{
    std::vector<octets> missing;
    std::ranges::set_difference(records, others, std::back_inserter(missing), is_before);
    if (missing.empty())
        return;
    std::size_t const size_at = begin_rrset(out, owner, set);
    for (octets const record : missing) {
        put16(out, record.size());
        put(out, record);
    }
    end_rrset(out, size_at);
}

void encode(zone::rrset_change const& change, octets owner, journal_blobs& out)
{
    auto const& [name, before, after] = change;
    bool const all = before.empty() || after.empty() || before.ttl() != after.ttl();
    if (all || (before.size() == 1 && after.size() == 1 && !std::ranges::equal(before.packed(), after.packed()))) {
        put_whole(out.removed, owner, before);
        put_whole(out.added, owner, after);
        return;
    }
    auto const left = sorted_records(before);
    auto const came = sorted_records(after);
    put_missing(out.removed, owner, before, left, came);
    put_missing(out.added, owner, after, came, left);
}

struct stored_rrset {
    octets key; ///< owner with its size, and type
    octets owner;
    dns::rr_type type;
    std::uint32_t ttl;
    octets records;
};

/// The next RRset of a blob; the reader latches at the end of what is well formed.
stored_rrset read_rrset(dns::wire_reader& in)
{
    stored_rrset r{};
    std::size_t const start = in.position();
    r.owner = in.bytes(in.u8());
    r.type = static_cast<dns::rr_type>(in.u16());
    std::size_t const end = in.position();
    r.ttl = in.u32();
    r.records = in.bytes(in.u32());
    if (in.ok())
        r.key = in.message().subspan(start, end - start);
    return r;
}

class decoder {
public:
    explicit decoder(dns::name_view apex) : apex_{apex} {}

    bool read(octets blob, dns::rrset zone::rrset_change::*side)
    {
        dns::wire_reader in{blob};
        while (in.ok() && in.remaining() > 0) {
            stored_rrset const stored = read_rrset(in);
            if (!in.ok() || !add(stored, side))
                return false;
        }
        return in.ok();
    }
    std::vector<zone::rrset_change> take() { return std::move(changes_); }

private:
    bool add(stored_rrset const& stored, dns::rrset zone::rrset_change::*side)
    {
        auto set = is_packed_rrset(stored.type, stored.records) ? dns::rrset::from_packed(stored.type, stored.ttl, stored.records)
                                                                : std::nullopt;
        auto const owner = absolute_owner(stored.owner, apex_);
        if (!set || !owner)
            return false;
        std::string_view const key{reinterpret_cast<char const*>(stored.key.data()), stored.key.size()};
        auto const [found, is_new] = index_.emplace(key, changes_.size());
        if (is_new)
            changes_.push_back({*owner, dns::rrset{stored.type, 0}, dns::rrset{stored.type, 0}});
        dns::rrset& place = changes_[found->second].*side;
        if (!place.empty())
            return false;
        place = std::move(*set);
        return true;
    }

    dns::name_view apex_;
    std::vector<zone::rrset_change> changes_;
    std::unordered_map<std::string_view, std::size_t> index_; // keys borrow from the blobs
};

} // namespace

void encode_changes(std::span<zone::rrset_change const> changes, dns::name_view apex, journal_blobs& out)
{
    for (zone::rrset_change const& change : changes)
        encode(change, relative_to(apex, change.owner), out);
}

std::optional<std::vector<zone::rrset_change>> decode_changes(octets removed, octets added, dns::name_view apex)
{
    decoder d{apex};
    if (!d.read(removed, &zone::rrset_change::before) || !d.read(added, &zone::rrset_change::after))
        return {};
    return d.take();
}

bool has_owner(octets blob, octets relative, bool or_below) noexcept
{
    dns::wire_reader in{blob};
    while (in.ok() && in.remaining() > 0) {
        octets owner = read_rrset(in).owner;
        while (or_below && owner.size() > relative.size() && owner[0] < owner.size())
            owner = owner.subspan(owner[0] + 1U);
        if (in.ok() && std::ranges::equal(owner, relative))
            return true;
    }
    return false;
}

std::optional<dns::name> absolute_owner(octets relative, dns::name_view apex) noexcept
{
    std::uint8_t bytes[dns::max_name_size];
    std::size_t const size = relative.size() + apex.size();
    if (size > sizeof bytes)
        return {};
    if (!relative.empty())
        std::memcpy(bytes, relative.data(), relative.size());
    std::memcpy(bytes + relative.size(), apex.data(), apex.size());
    auto const name = dns::name_view::parse({bytes, size});
    // A zero octet in the stored part would end the name before the apex.
    if (!name || name->size() != size)
        return {};
    return dns::name{*name};
}

bool is_packed_rrset(dns::rr_type type, octets packed) noexcept
{
    std::size_t at = 0;
    while (at + 2 <= packed.size()) {
        std::size_t const size = packed[at] * 256U + packed[at + 1];
        at += 2;
        if (size > packed.size() - at || !dns::is_valid_rdata(type, packed.subspan(at, size)))
            return false;
        at += size;
    }
    return at == packed.size() && !packed.empty();
}

} // namespace homing::storage
