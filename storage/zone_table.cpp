#include "storage/zone_table.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace homing::storage {

namespace {

constexpr std::size_t max_remembered_zones = 4096;

std::int64_t number(dns::rr_type type) noexcept
{
    return static_cast<std::int64_t>(type);
}

int compare_octets(octets a, octets b) noexcept
{
    std::size_t const common = std::min(a.size(), b.size());
    int const order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    return order != 0 ? order : static_cast<int>(a.size()) - static_cast<int>(b.size());
}

/// A zone's RRsets in the order of the table's key, in which they are written several times faster than in any other.
class in_key_order {
public:
    explicit in_key_order(zone::contents const& contents) : contents_{contents}, order_(contents.size())
    {
        for (std::uint32_t i = 0; i < order_.size(); ++i)
            order_[i] = {leading_octets(owner(contents_[i])), i};
        auto const before = [this](place const& a, place const& b) {
            return a.leading != b.leading ? a.leading < b.leading : is_before(contents_[a.index], contents_[b.index]);
        };
        // The zone's own order is often this one already.
        if (!std::ranges::is_sorted(order_, before))
            std::ranges::sort(order_, before);
    }

    std::size_t size() const noexcept { return order_.size(); }
    zone::contents::entry operator[](std::size_t i) const noexcept { return contents_[order_[i].index]; }
    octets owner(zone::contents::entry const& e) const noexcept { return relative_to(contents_.origin(), e.owner); }

private:
    struct place {
        std::uint64_t leading;
        std::uint32_t index;
    };

    bool is_before(zone::contents::entry const& a, zone::contents::entry const& b) const noexcept
    {
        int const order = compare_octets(owner(a), owner(b));
        return order != 0 ? order < 0 : a.type < b.type;
    }

    zone::contents const& contents_;
    std::vector<place> order_;
};

} // namespace

zone_table::zone_table(connection& c)
    : connection_{c},
      find_zone_{c, "SELECT apex FROM zone WHERE id = ?1"},
      insert_zone_{c, "INSERT INTO zone (id, apex) VALUES (?1, ?2)"},
      delete_zone_{c, "DELETE FROM zone WHERE id = ?1"},
      delete_rrsets_{c, "DELETE FROM rrset WHERE zone = ?1"},
      find_rrset_{c, "SELECT ttl, records FROM rrset WHERE zone = ?1 AND name = ?2 AND type = ?3"},
      insert_{c, "INSERT INTO rrset (zone, name, type, ttl, records) VALUES (?1, ?2, ?3, ?4, ?5)"},
      upsert_{c, "INSERT INTO rrset (zone, name, type, ttl, records) VALUES (?1, ?2, ?3, ?4, ?5) "
                 "ON CONFLICT DO UPDATE SET ttl = excluded.ttl, records = excluded.records"},
      delete_{c, "DELETE FROM rrset WHERE zone = ?1 AND name = ?2 AND type = ?3"},
      scan_{c, "SELECT name, type, ttl, records FROM rrset WHERE zone = ?1 ORDER BY name, type"}
{
}

dns::name const* zone_table::apex(std::int64_t zone)
{
    if (auto const found = apexes_.find(zone); found != apexes_.end())
        return &found->second;
    row_scope const scope{find_zone_};
    if (!find_zone_.bind(zone).step())
        return nullptr;
    auto const name = dns::name_view::parse(find_zone_.blob(0));
    if (!name)
        return nullptr;
    if (apexes_.size() >= max_remembered_zones)
        apexes_.clear();
    return &(apexes_[zone] = *name);
}

std::optional<dns::rrset> zone_table::find(rrset_key const& key)
{
    row_scope const scope{find_rrset_};
    if (!find_rrset_.bind(key.zone, key.owner, number(key.type)).step())
        return dns::rrset{key.type, 0};
    return dns::rrset::from_packed(key.type, static_cast<std::uint32_t>(find_rrset_.integer(0)), find_rrset_.blob(1));
}

std::int64_t zone_table::next_id()
{
    return connection_.integer("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'zone'") + 1;
}

void zone_table::write(std::int64_t zone, zone::contents::entry const& e, dns::name_view apex, statement& how)
{
    how.run(zone, relative_to(apex, e.owner), number(e.type), std::int64_t{e.ttl}, e.packed);
}

void zone_table::set(rrset_key const& key, std::uint32_t ttl, octets records)
{
    if (records.empty())
        delete_.run(key.zone, key.owner, number(key.type));
    else
        upsert_.run(key.zone, key.owner, number(key.type), std::int64_t{ttl}, records);
}

/// What must be written to make the stored RRsets of a zone those of the new contents: found in one pass over both, both in order
/// of the key, and then written, because a row must not change under the scan.
class zone_table::replacement {
public:
    replacement(statement& scan, std::int64_t zone, in_key_order const& fresh) : fresh_{fresh}
    {
        scan.bind(zone);
        while (scan.step())
            meet(scan);
        write_up_to(fresh_.size());
    }

    void apply(zone_table& table, std::int64_t zone, dns::name_view apex) const
    {
        for (gone const& g : gone_)
            table.delete_.run(zone, octets{g.owner}, g.type);
        for (std::size_t const i : written_)
            table.write(zone, fresh_[i], apex, table.upsert_);
    }

private:
    struct gone {
        std::vector<std::uint8_t> owner;
        std::int64_t type;
    };

    void meet(statement const& row)
    {
        octets const owner = row.blob(0);
        std::int64_t const type = row.integer(1);
        while (at_ < fresh_.size() && order(owner, type) > 0) // the stored key lies behind
            written_.push_back(at_++);
        if (at_ == fresh_.size() || order(owner, type) != 0) {
            gone_.push_back({{owner.begin(), owner.end()}, type});
            return;
        }
        auto const e = fresh_[at_];
        if (e.ttl != row.integer(2) || !std::ranges::equal(e.packed, row.blob(3)))
            written_.push_back(at_);
        ++at_;
    }

    /// Of a stored key to the next new one's.
    int order(octets owner, std::int64_t type) const noexcept
    {
        auto const e = fresh_[at_];
        int const by_owner = compare_octets(owner, fresh_.owner(e));
        if (by_owner != 0)
            return by_owner;
        return type < number(e.type) ? -1 : type > number(e.type);
    }

    void write_up_to(std::size_t end)
    {
        while (at_ < end)
            written_.push_back(at_++);
    }

    in_key_order const& fresh_;
    std::size_t at_ = 0;
    std::vector<std::size_t> written_;
    std::vector<gone> gone_;
};

bool zone_table::put(std::int64_t zone, zone::contents const& contents)
{
    in_key_order const fresh{contents};
    if (dns::name const* const stored = apex(zone)) {
        if (stored->view() != contents.origin())
            throw refusal{"zone number " + std::to_string(zone) + " is " + stored->to_string() + ", not " +
                          contents.origin().to_string()};
        replacement{scan_, zone, fresh}.apply(*this, zone, contents.origin());
        return true;
    }
    insert_zone_.run(zone, contents.origin().bytes());
    for (std::size_t i = 0; i < fresh.size(); ++i)
        write(zone, fresh[i], contents.origin(), insert_);
    return false;
}

bool zone_table::remove(std::int64_t zone)
{
    if (!apex(zone))
        return false;
    delete_rrsets_.run(zone);
    delete_zone_.run(zone);
    apexes_.erase(zone);
    return true;
}

} // namespace homing::storage
