#include "server/commands/name_order.hpp"

#include <algorithm>

namespace homing::server {

namespace {

void append_label(std::string& key, std::span<std::uint8_t const> label)
{
    for (std::uint8_t const c : label) {
        // 0 ends a label, so that a name sorts before those below it; octets that would be taken for an end are lifted over it.
        if (c <= 1)
            key += '\1';
        key += static_cast<char>(c <= 1 ? c + 1 : c);
    }
    key += '\0';
}

} // namespace

std::string sort_key(std::span<std::uint8_t const> relative)
{
    std::vector<std::span<std::uint8_t const>> labels;
    for (std::size_t i = 0; i < relative.size(); i += relative[i] + 1U)
        labels.push_back(relative.subspan(i + 1, relative[i]));
    std::string key;
    std::for_each(labels.rbegin(), labels.rend(), [&](auto label) { append_label(key, label); });
    return key;
}

std::vector<zone::node const*> in_order(zone::zone_version const& zone)
{
    struct entry {
        std::string key;
        zone::node const* node;
    };
    std::vector<entry> entries;
    entries.reserve(zone.name_count());
    zone.for_each([&](zone::node const& n) { entries.push_back({sort_key(n.relative_name()), &n}); });
    std::sort(entries.begin(), entries.end(), [](entry const& a, entry const& b) { return a.key < b.key; });
    std::vector<zone::node const*> nodes;
    nodes.reserve(entries.size());
    for (auto const& e : entries)
        nodes.push_back(e.node);
    return nodes;
}

} // namespace homing::server
