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

namespace {

struct entry {
    std::string key;
    zone::node const* node;
    friend bool operator<(entry const& a, entry const& b) { return a.key < b.key; }
};

} // namespace

std::vector<zone::node const*> in_order_after(zone::zone_version const& zone, std::optional<std::string> const& after, std::size_t most,
                                              std::function<bool(zone::node const&)> const& is_wanted)
{
    std::vector<entry> first; // a heap, the last one of them on top
    zone.for_each([&](zone::node const& n) {
        if (most == 0 || !is_wanted(n))
            return;
        entry e{sort_key(n.relative_name()), &n};
        if ((after && e.key <= *after) || (first.size() == most && !(e < first.front())))
            return;
        if (first.size() == most) {
            std::pop_heap(first.begin(), first.end());
            first.pop_back();
        }
        first.push_back(std::move(e));
        std::push_heap(first.begin(), first.end());
    });
    std::sort_heap(first.begin(), first.end());
    std::vector<zone::node const*> nodes;
    for (auto const& e : first)
        nodes.push_back(e.node);
    return nodes;
}

std::vector<zone::node const*> in_order(zone::zone_version const& zone)
{
    std::vector<entry> entries;
    entries.reserve(zone.name_count());
    zone.for_each([&](zone::node const& n) { entries.push_back({sort_key(n.relative_name()), &n}); });
    std::sort(entries.begin(), entries.end());
    std::vector<zone::node const*> nodes;
    nodes.reserve(entries.size());
    for (auto const& e : entries)
        nodes.push_back(e.node);
    return nodes;
}

} // namespace homing::server
