// Lays out nodes (node.hpp): whole ones, and copies with one RRset or the number of children changed.
//
// The writer's thread alone. The blocks come from whatever has `make(octets)` (pool.hpp).
#pragma once

#include "zone/node.hpp"

#include <vector>

namespace homing::zone {

class node_maker {
public:
    /// Begins a node with this name: lower case, relative to the apex, at most 254 octets.
    void begin(std::span<std::uint8_t const> relative_name);
    /// Adds an RRset; types in ascending order. `packed` as dns::rrset::packed().
    void add(dns::rr_type, std::uint32_t ttl, std::span<std::uint8_t const> packed);
    /// Adds one as another node has it.
    void add(rrset_view);
    std::size_t rrset_count() const noexcept { return rrsets_; }

    /// The node, in a block of its own.
    template <class Memory>
    node* make(Memory& memory, std::uint32_t children)
    {
        return fill(memory.make(size()), children);
    }

    static std::size_t size_of(node const& n) noexcept { return n.bytes_; }
    /// Only while nobody else can see the node.
    static void add_child(node& n) noexcept { ++n.children_; }

private:
    std::size_t size() const noexcept { return sizeof(node) + bytes_.size(); }
    node* fill(void* block, std::uint32_t children) const noexcept;

    std::vector<std::uint8_t> bytes_; // name and RRsets
    std::uint16_t rrsets_ = 0;
    std::uint8_t name_size_ = 0, flags_ = 0;
};

} // namespace homing::zone
