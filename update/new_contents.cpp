#include "update/new_contents.hpp"

#include "dns/serial.hpp"

#include <algorithm>

namespace homing::update {

namespace {

using dns::rr_type;
using entry = zone::contents::entry;

dns::rrset value(entry const& e)
{
    return dns::rrset::from_packed(e.type, e.ttl, e.packed).value_or(dns::rrset{e.type, e.ttl});
}

/// The same records in the same order, octet for octet.
bool is_same(zone::rrset_view const& there, entry const& e)
{
    if (there.count != e.count || there.ttl() != e.ttl)
        return false;
    bool same = true;
    auto rest = e.packed;
    there.for_each([&](dns::rdata_view r) {
        same = same && rest.size() >= 2 + r.size() && rest[0] * 256U + rest[1] == r.size() &&
               std::ranges::equal(r, rest.subspan(2, r.size()));
        rest = same ? rest.subspan(2 + r.size()) : rest;
    });
    return same;
}

std::vector<dns::rdata_view> sorted(dns::rrset const& set)
{
    std::vector<dns::rdata_view> records;
    set.for_each([&](dns::rdata_view r) { records.push_back(r); });
    std::ranges::sort(records, [](auto a, auto b) { return std::ranges::lexicographical_compare(a, b); });
    return records;
}

bool is_same_but_for_order(dns::rrset const& a, dns::rrset const& b)
{
    return std::ranges::equal(sorted(a), sorted(b), [](auto x, auto y) { return std::ranges::equal(x, y); });
}

dns::rrset with_serial(dns::rrset const& soa, std::uint32_t serial)
{
    dns::rrset out{rr_type::soa, soa.ttl()};
    out.add(dns::with_serial(soa.front(), serial));
    return out;
}

class comparison {
public:
    comparison(zone_change& change, zone::contents const& contents, difference_limits const& left)
        : change_{change}, zone_{change.before()}, contents_{contents}, left_{left}
    {
    }

    bool run()
    {
        std::size_t both = 0, before = 0;
        for (std::size_t i = 0; i < contents_.size(); ++i)
            if (!compare(contents_[i], both))
                return false;
        zone_.for_each([&](zone::node const& n) { before += n.rrset_count(); });
        return before == both || (before - both <= left_.rrsets && remove_what_is_gone());
    }

private:
    bool compare(entry const& e, std::size_t& both)
    {
        if (node_ == nullptr || e.owner != owner_)
            node_ = zone_.find(e.owner), owner_ = e.owner;
        zone::rrset_view const there = node_ != nullptr ? node_->find(e.type) : zone::rrset_view{};
        both += there ? 1U : 0U;
        if (there && is_same(there, e))
            return true;
        dns::rrset const before = there ? there.copy() : dns::rrset{e.type, 0};
        dns::rrset after = value(e);
        if (e.type == rr_type::soa)
            return set_soa(before, after);
        if (before == after)
            return is_same_but_for_order(before, after);
        return set(e.owner, std::move(after), before.packed().size() + e.packed.size());
    }

    bool set_soa(dns::rrset const& before, dns::rrset const& after)
    {
        std::uint32_t const old = zone_.serial(), given = dns::read_soa(after.front()).serial;
        bool const is_newer = dns::is_newer_serial(given, old);
        if (!is_newer && with_serial(after, old) == before)
            return is_same_but_for_order(with_serial(after, old), before);
        return set(zone_.apex(), with_serial(after, is_newer ? given : dns::next_serial(old)), after.packed().size() * 2);
    }

    bool remove_what_is_gone()
    {
        bool fits = true;
        zone_.for_each([&](zone::node const& n) {
            n.for_each([&](zone::rrset_view const& there) {
                dns::name const owner = n.owner(zone_.apex());
                if (fits && !contents_.find(owner, there.type))
                    fits = set(owner, dns::rrset{there.type, 0}, there.records.size());
            });
        });
        return fits;
    }

    bool set(dns::name_view owner, dns::rrset&& after, std::size_t octets)
    {
        octets += owner.size();
        if (left_.rrsets == 0 || left_.octets < octets)
            return false;
        --left_.rrsets;
        left_.octets -= octets;
        rr_type const type = after.type();
        change_.touch(owner, type) = std::move(after);
        return true;
    }

    zone_change& change_;
    zone::zone_version const& zone_;
    zone::contents const& contents_;
    difference_limits left_;
    zone::node const* node_ = nullptr; // of owner_
    dns::name_view owner_;
};

} // namespace

bool become(zone_change& change, zone::contents const& contents, difference_limits const& limits)
{
    return comparison{change, contents, limits}.run();
}

} // namespace homing::update
