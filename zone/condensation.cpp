#include "zone/condensation.hpp"

#include <algorithm>
#include <tuple>

namespace homing::zone {

namespace {

// Nodes of the containers, beside what is in them.
constexpr std::size_t size_of_rrset = 256, size_of_record = 96;

std::string octets_of(std::span<std::uint8_t const> bytes)
{
    return {bytes.begin(), bytes.end()};
}

dns::rrset to_rrset(dns::rr_type type, std::uint32_t ttl, std::set<std::string> const& data)
{
    dns::rrset set{type, ttl};
    for (std::string const& record : data)
        set.append({reinterpret_cast<std::uint8_t const*>(record.data()), record.size()});
    return set;
}

} // namespace

std::string condensation::key_of(dns::name_view owner, dns::rr_type type)
{
    std::string key = octets_of(owner.bytes());
    key += static_cast<char>(static_cast<std::uint16_t>(type) >> 8);
    key += static_cast<char>(static_cast<std::uint16_t>(type) & 0xFF);
    return key;
}

void condensation::add(std::span<rrset_change const> step)
{
    for (rrset_change const& c : step)
        add(c);
}

void condensation::add(rrset_change const& c)
{
    auto const [at, is_new] = rrsets_.try_emplace(key_of(c.owner, c.type()), pending{c.type()});
    pending& p = at->second;
    octets_ += is_new ? size_of_rrset + at->first.size() : 0;
    move(c.before, p.came, p.left);
    move(c.after, p.left, p.came);
    if (p.left.data.empty() && p.came.data.empty()) {
        octets_ -= size_of_rrset + at->first.size();
        rrsets_.erase(at);
    }
}

/// Takes the records out of `from`, and those that are not in it into `to`.
void condensation::move(dns::rrset const& set, records& from, records& to)
{
    set.for_each([&](dns::rdata_view rdata) {
        std::string record = octets_of(rdata);
        std::size_t const size = size_of_record + record.size();
        if (from.ttl == set.ttl() && from.data.erase(record) != 0) {
            octets_ -= size;
            return;
        }
        to.ttl = set.ttl();
        octets_ += to.data.insert(std::move(record)).second ? size : 0;
    });
}

bool condensation::is_changed(dns::name_view owner, dns::rr_type type) const
{
    return rrsets_.contains(key_of(owner, type));
}

std::vector<rrset_change> condensation::take() const
{
    std::vector<rrset_change> changes;
    changes.reserve(rrsets_.size());
    for (auto const& [key, p] : rrsets_) {
        dns::name_view const owner{reinterpret_cast<std::uint8_t const*>(key.data()), key.size() - 2};
        changes.push_back({owner, to_rrset(p.type, p.left.ttl, p.left.data), to_rrset(p.type, p.came.ttl, p.came.data)});
    }
    std::ranges::sort(changes, [](rrset_change const& a, rrset_change const& b) {
        int const order = a.owner.view().compare(b.owner);
        return order != 0 ? order < 0 : a.type() < b.type();
    });
    return changes;
}

std::vector<rrset_change> inverse(std::vector<rrset_change> step)
{
    for (rrset_change& c : step)
        std::swap(c.before, c.after);
    return step;
}

} // namespace homing::zone
