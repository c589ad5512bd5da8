#include "server/follow/catalog.hpp"

#include "storage/follow_record.hpp"

#include <algorithm>
#include <unordered_set>

namespace homing::server {

namespace {

using dns::rr_type;

/// LABEL.zones.CATALOG, or with `above` put before it.
std::optional<dns::name> member_name(dns::name_view catalog, std::string const& label, std::string_view above = {})
{
    std::vector<std::uint8_t> wire;
    for (std::string_view const l : {above, std::string_view{label}, std::string_view{"zones"}})
        if (!l.empty()) {
            wire.push_back(static_cast<std::uint8_t>(l.size()));
            wire.insert(wire.end(), l.begin(), l.end());
        }
    wire.insert(wire.end(), catalog.data(), catalog.data() + catalog.size());
    auto const name = dns::name_view::parse(wire);
    return name ? std::optional<dns::name>{*name} : std::nullopt;
}

zone::rrset_view pointers(zone::zone_version const& z, std::optional<dns::name> const& owner)
{
    zone::node const* const n = owner ? z.find(*owner) : nullptr;
    return n != nullptr ? n->find(rr_type::ptr) : zone::rrset_view{};
}

std::string target(zone::rrset_view const& set)
{
    auto const name = dns::name_view::parse(set.front());
    return name ? storage::name_octets(*name) : std::string{};
}

} // namespace

std::string fault_of_catalog(zone::zone_version const& z)
{
    std::vector<std::uint8_t> wire{7, 'v', 'e', 'r', 's', 'i', 'o', 'n'};
    wire.insert(wire.end(), z.apex().data(), z.apex().data() + z.apex().size());
    auto const owner = dns::name_view::parse(wire);
    zone::node const* const n = owner ? z.find(*owner) : nullptr;
    zone::rrset_view const version = n != nullptr ? n->find(rr_type::txt) : zone::rrset_view{};
    if (!version)
        return "it has no version property, TXT \"2\"";
    std::uint8_t const two[] = {1, '2'};
    if (version.count != 1 || !std::ranges::equal(version.front(), two))
        return "its version is not 2";
    return {};
}

dns::result<std::optional<catalog_member>> read_member(zone::zone_version const& z, std::string const& label)
{
    auto const owner = member_name(z.apex(), label);
    auto const set = pointers(z, owner);
    if (!set)
        return std::optional<catalog_member>{};
    if (set.count != 1)
        return dns::failure{owner->to_string() + " has several PTR records"};
    catalog_member m{label, target(set), {}};
    if (auto const coo = pointers(z, member_name(z.apex(), label, "coo")); coo && coo.count == 1)
        m.coo = target(coo);
    return std::optional{std::move(m)};
}

std::optional<std::string> label_of(std::string const& owner, dns::name_view catalog)
{
    static constexpr std::string_view zones{"\5zones"};
    auto name = storage::name_of_octets(owner);
    std::size_t const depth = catalog.label_count() + 2;
    if (!name.is_subdomain_of(catalog) || name.label_count() < depth)
        return {};
    name = name.suffix(depth);
    auto const below = name.parent();
    if (below.first_label().size() + 1 != zones.size() || !std::equal(zones.begin(), zones.end(), below.data()))
        return {};
    return std::string{name.first_label().begin(), name.first_label().end()};
}

dns::result<std::vector<catalog_member>> read_members(zone::zone_version const& z)
{
    std::vector<std::string> labels;
    z.for_each([&](zone::node const& n) {
        dns::name const owner = n.owner(z.apex());
        if (owner.view().label_count() != z.apex_labels() + 2 || !n.find(rr_type::ptr))
            return;
        if (auto label = label_of(storage::name_octets(owner), z.apex()))
            labels.push_back(std::move(*label));
    });
    std::vector<catalog_member> members;
    std::unordered_set<std::string> apexes;
    members.reserve(labels.size());
    for (auto const& label : labels) {
        auto m = read_member(z, label);
        if (!m)
            return m.error();
        if (!*m)
            continue;
        if (!apexes.insert((*m)->apex).second)
            return dns::failure{"two of its members are the zone " + storage::name_of_octets((*m)->apex).to_string()};
        members.push_back(std::move(**m));
    }
    return members;
}

} // namespace homing::server
