// A persistent index from the hash of a name to what is known of it: a hash array mapped trie (Bagwell 2001), six bits of the hash a level.
//
// Values: copying an index copies a pointer, and a change copies the path from the root to the leaf (at a million names about
// 1.6 KB) and shares the rest. Exact match only; a branch is a bitmap and the children that exist, so that the last levels, which are
// the ones not in the cache, are one cache line each. An entry carries 16 bits of its leaf's hash: a name that is not there is
// told without touching a leaf. The leaves are the caller's; branches are made and retired through a `Memory` (pool.hpp).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace homing::zone {

template <class Leaf>
class name_index {
    struct branch;
    static constexpr unsigned bits_per_level = 6, hash_bits = 64;

public:
    bool empty() const noexcept { return root_ == 0; }
    void prefetch() const noexcept { __builtin_prefetch(reinterpret_cast<void const*>(root_ & address_mask)); }

    /// The leaf with this hash for which match(leaf) holds, or null.
    template <class Match>
    Leaf const* find(std::uint64_t hash, Match&& match) const
    {
        probe p{*this, hash};
        while (!p.is_done())
            p.step();
        return p.finish(match);
    }

    /// The steps of `find` one by one, so that the cache misses of several look-ups overlap: call `prefetch`, then `step` (which prefetches
    /// the next branch or the leaf) for all look-ups of a batch in turn.
    class probe {
    public:
        probe() = default;
        probe(name_index const& index, std::uint64_t hash) noexcept : entry_{index.root_}, hash_{hash} {}

        /// Nothing but `finish` is left to do.
        bool is_done() const noexcept { return entry_ == 0 || (entry_ & 1) != 0; }
        /// Precondition of both: not done.
        void prefetch() const noexcept { __builtin_prefetch(slot()); }
        void step() noexcept
        {
            if (shift_ >= hash_bits) {
                walk_bucket();
                return;
            }
            branch const& b = *branch_of(entry_);
            entry_ = (b.present & bit(hash_, shift_)) != 0 ? *slot() : 0;
            shift_ += bits_per_level;
            auto const* const next = reinterpret_cast<std::uint8_t const*>(entry_ & address_mask);
            __builtin_prefetch(next);
            __builtin_prefetch(next + 63); // few leaves fit into one line; 16 ns of a query among a million names
        }
        /// The only leaf that may be the one, not looked at yet; null if there is none or several. Precondition: done.
        Leaf const* candidate() const noexcept
        {
            return entry_ != 0 && (entry_ >> tag_shift) == (hash_ >> tag_shift) ? leaf_of(entry_) : nullptr;
        }
        /// Precondition: done.
        template <class Match>
        Leaf const* finish(Match&& match) const
        {
            if (bucket_ != nullptr)
                return in_bucket(match);
            if (entry_ == 0 || (entry_ >> tag_shift) != (hash_ >> tag_shift))
                return nullptr;
            Leaf const* const found = leaf_of(entry_);
            return match(*found) ? found : nullptr;
        }

    private:
        std::uint64_t const* slot() const noexcept
        {
            branch const& b = *branch_of(entry_);
            return b.children() + (shift_ >= hash_bits ? 0 : rank(b, hash_, shift_));
        }
        void walk_bucket() noexcept
        {
            bucket_ = branch_of(entry_);
            entry_ = 0;
        }
        template <class Match>
        Leaf const* in_bucket(Match&& match) const
        {
            for (std::uint64_t i = 0; i < bucket_->present; ++i)
                if (match(*leaf_of(bucket_->children()[i])))
                    return leaf_of(bucket_->children()[i]);
            return nullptr;
        }
        std::uint64_t entry_ = 0, hash_ = 0;
        typename name_index::branch const* bucket_ = nullptr;
        unsigned shift_ = 0;
        friend class name_index;
    };

    /// Goes through all leaves, stopping wherever its user likes. The version that the index belongs to must be held.
    class cursor {
    public:
        explicit cursor(name_index const& index) noexcept { descend(index.root_, 0); }

        /// The leaf it stands at; null at the end.
        Leaf const* leaf() const noexcept { return leaf_; }
        void advance() noexcept
        {
            for (leaf_ = nullptr; leaf_ == nullptr && depth_ != 0;) {
                level& l = levels_[depth_ - 1];
                if (++l.child < child_count(*l.at, shift_of(depth_ - 1)))
                    descend(l.at->children()[l.child], depth_);
                else
                    --depth_;
            }
        }

    private:
        struct level {
            branch const* at;
            std::size_t child;
        };
        static constexpr unsigned shift_of(std::size_t depth) noexcept { return static_cast<unsigned>(depth) * bits_per_level; }
        void descend(std::uint64_t entry, std::size_t depth) noexcept
        {
            depth_ = depth;
            while (entry != 0 && !is_leaf(entry)) {
                branch const* const b = branch_of(entry);
                // The leaf that comes after the next is likely not in the cache: ask for the siblings at once.
                for (std::size_t i = 0; i < child_count(*b, shift_of(depth_)) && i < 8; ++i)
                    __builtin_prefetch(reinterpret_cast<void const*>(b->children()[i] & address_mask));
                levels_[depth_++] = {b, 0};
                entry = b->children()[0];
            }
            leaf_ = entry != 0 ? leaf_of(entry) : nullptr;
        }
        level levels_[hash_bits / bits_per_level + 2];
        std::size_t depth_ = 0;
        Leaf const* leaf_ = nullptr;
    };

    /// Adds a leaf that is not there. hash_of(leaf) gives the hash of any leaf of this index.
    template <class Memory, class HashOf>
    void insert(Memory& memory, std::uint64_t hash, Leaf const* fresh, HashOf&& hash_of)
    {
        root_ = inserted(memory, root_, 0, hash, leaf_entry(hash, fresh), hash_of);
    }
    /// Puts `fresh` in the place of `old`. Precondition: old is there, with this hash.
    template <class Memory>
    void replace(Memory& memory, std::uint64_t hash, Leaf const* old, Leaf const* fresh)
    {
        root_ = replaced(memory, root_, 0, hash, leaf_entry(hash, old), leaf_entry(hash, fresh));
    }
    /// Precondition: old is there, with this hash.
    template <class Memory>
    void erase(Memory& memory, std::uint64_t hash, Leaf const* old)
    {
        root_ = erased(memory, root_, 0, hash, leaf_entry(hash, old));
    }

    struct item {
        std::uint64_t hash;
        Leaf const* leaf;
    };
    /// An index of all items at once, each once. `scratch` has the same size; both are left in disorder.
    template <class Memory>
    static name_index build(Memory& memory, std::span<item> items, std::span<item> scratch)
    {
        name_index out;
        out.root_ = built(memory, items, scratch, 0);
        return out;
    }

    template <class F>
    void for_each(F&& f) const
    {
        walk(root_, 0, f, [](void const*, std::size_t) {});
    }
    /// Calls leaf(Leaf const&) for every leaf and branch(pointer, octets) for every branch, children first: to free them.
    template <class F, class B>
    void dismantle(F&& leaf, B&& on_branch) const
    {
        walk(root_, 0, leaf, on_branch);
    }

private:
    // A branch at shift < 64 has a child for every bit of `present`; deeper down (leaves whose 64 bits are equal) it is a bucket, and
    // `present` their number.
    struct branch {
        std::uint64_t present;
        std::uint64_t const* children() const noexcept { return reinterpret_cast<std::uint64_t const*>(this + 1); }
        std::uint64_t* children() noexcept { return reinterpret_cast<std::uint64_t*>(this + 1); }
    };
    // An entry: 0, a branch's address, or a leaf's address with bit 0 set and the top 16 bits of its hash on top. User space
    // addresses take 47 bits on x86-64 and 48 on AArch64.
    static constexpr unsigned tag_shift = 48;
    static constexpr std::uint64_t address_mask = (std::uint64_t{1} << tag_shift) - 2;

    static std::uint64_t bit(std::uint64_t hash, unsigned shift) noexcept { return std::uint64_t{1} << ((hash >> shift) & 63U); }
    static std::size_t rank(branch const& b, std::uint64_t hash, unsigned shift) noexcept
    {
        return static_cast<std::size_t>(std::popcount(b.present & (bit(hash, shift) - 1)));
    }
    static branch const* branch_of(std::uint64_t e) noexcept { return reinterpret_cast<branch const*>(e); }
    static Leaf const* leaf_of(std::uint64_t e) noexcept { return reinterpret_cast<Leaf const*>(e & address_mask); }
    static bool is_leaf(std::uint64_t e) noexcept { return (e & 1) != 0; }
    static std::uint64_t leaf_entry(std::uint64_t hash, Leaf const* leaf) noexcept
    {
        return reinterpret_cast<std::uint64_t>(leaf) | 1 | (hash >> tag_shift << tag_shift);
    }
    static std::size_t child_count(branch const& b, unsigned shift) noexcept
    {
        return shift >= hash_bits ? b.present : static_cast<std::size_t>(std::popcount(b.present));
    }
    static constexpr std::size_t branch_size(std::size_t children) noexcept { return 8 + 8 * children; }

    template <class Memory>
    static branch* make_branch(Memory& memory, std::uint64_t present, std::size_t children)
    {
        auto* const b = static_cast<branch*>(memory.make(branch_size(children)));
        b->present = present;
        return b;
    }
    static std::uint64_t entry_of(branch const* b) noexcept { return reinterpret_cast<std::uint64_t>(b); }

    template <class Memory, class HashOf>
    static std::uint64_t inserted(Memory& memory, std::uint64_t at, unsigned shift, std::uint64_t hash, std::uint64_t fresh,
                                  HashOf& hash_of)
    {
        if (at == 0)
            return fresh;
        if (is_leaf(at))
            return pair_of(memory, at, hash_of(*leaf_of(at)), fresh, hash, shift);
        branch const& b = *branch_of(at);
        std::size_t const n = child_count(b, shift);
        if (shift >= hash_bits)
            return with_child(memory, b, n, n, b.present + 1, fresh);
        std::size_t const i = rank(b, hash, shift);
        if ((b.present & bit(hash, shift)) == 0)
            return with_child(memory, b, n, i, b.present | bit(hash, shift), fresh);
        return changed(memory, b, n, i, inserted(memory, b.children()[i], shift + bits_per_level, hash, fresh, hash_of));
    }

    /// The smallest branches that tell two leaves apart from `shift` on.
    template <class Memory>
    static std::uint64_t pair_of(Memory& memory, std::uint64_t a, std::uint64_t hash_a, std::uint64_t b, std::uint64_t hash_b,
                                 unsigned shift)
    {
        if (shift >= hash_bits) {
            branch* const bucket = make_branch(memory, 2, 2);
            bucket->children()[0] = a;
            bucket->children()[1] = b;
            return entry_of(bucket);
        }
        std::uint64_t const bit_a = bit(hash_a, shift), bit_b = bit(hash_b, shift);
        if (bit_a == bit_b) {
            std::uint64_t const below = pair_of(memory, a, hash_a, b, hash_b, shift + bits_per_level);
            branch* const single = make_branch(memory, bit_a, 1);
            single->children()[0] = below;
            return entry_of(single);
        }
        branch* const both = make_branch(memory, bit_a | bit_b, 2);
        both->children()[bit_a < bit_b ? 0 : 1] = a;
        both->children()[bit_a < bit_b ? 1 : 0] = b;
        return entry_of(both);
    }

    /// A copy with one more child, at index i.
    template <class Memory>
    static std::uint64_t with_child(Memory& memory, branch const& old, std::size_t n, std::size_t i, std::uint64_t present,
                                    std::uint64_t child)
    {
        branch* const fresh = make_branch(memory, present, n + 1);
        std::memcpy(fresh->children(), old.children(), 8 * i);
        fresh->children()[i] = child;
        std::memcpy(fresh->children() + i + 1, old.children() + i, 8 * (n - i));
        memory.retire(&old, branch_size(n));
        return entry_of(fresh);
    }
    /// A copy with another child at index i.
    template <class Memory>
    static std::uint64_t changed(Memory& memory, branch const& old, std::size_t n, std::size_t i, std::uint64_t child)
    {
        branch* const fresh = make_branch(memory, old.present, n);
        std::memcpy(fresh->children(), old.children(), 8 * n);
        fresh->children()[i] = child;
        memory.retire(&old, branch_size(n));
        return entry_of(fresh);
    }
    /// A copy without the child at index i; a leaf that remains alone takes the branch's place.
    template <class Memory>
    static std::uint64_t without_child(Memory& memory, branch const& old, std::size_t n, std::size_t i, std::uint64_t present)
    {
        std::uint64_t out = 0;
        if (n == 2 && is_leaf(old.children()[1 - i]))
            out = old.children()[1 - i];
        else if (n > 1) {
            branch* const fresh = make_branch(memory, present, n - 1);
            std::memcpy(fresh->children(), old.children(), 8 * i);
            std::memcpy(fresh->children() + i, old.children() + i + 1, 8 * (n - i - 1));
            out = entry_of(fresh);
        }
        memory.retire(&old, branch_size(n));
        return out;
    }

    static std::size_t index_of(branch const& b, std::size_t n, unsigned shift, std::uint64_t hash, std::uint64_t child) noexcept
    {
        if (shift < hash_bits)
            return rank(b, hash, shift);
        std::size_t i = 0;
        while (i + 1 < n && b.children()[i] != child)
            ++i;
        return i;
    }

    template <class Memory>
    static std::uint64_t replaced(Memory& memory, std::uint64_t at, unsigned shift, std::uint64_t hash, std::uint64_t old,
                                  std::uint64_t fresh)
    {
        if (is_leaf(at))
            return fresh;
        branch const& b = *branch_of(at);
        std::size_t const n = child_count(b, shift), i = index_of(b, n, shift, hash, old);
        return changed(memory, b, n, i, replaced(memory, b.children()[i], shift + bits_per_level, hash, old, fresh));
    }

    template <class Memory>
    static std::uint64_t erased(Memory& memory, std::uint64_t at, unsigned shift, std::uint64_t hash, std::uint64_t old)
    {
        if (is_leaf(at))
            return 0;
        branch const& b = *branch_of(at);
        std::size_t const n = child_count(b, shift), i = index_of(b, n, shift, hash, old);
        if (shift >= hash_bits)
            return without_child(memory, b, n, i, b.present - 1);
        std::uint64_t const below = erased(memory, b.children()[i], shift + bits_per_level, hash, old);
        if (below == 0 || (n == 1 && is_leaf(below))) {
            if (below == 0)
                return without_child(memory, b, n, i, b.present & ~bit(hash, shift));
            memory.retire(&b, branch_size(n));
            return below;
        }
        return changed(memory, b, n, i, below);
    }

    template <class Memory>
    static std::uint64_t built(Memory& memory, std::span<item> items, std::span<item> scratch, unsigned shift)
    {
        if (items.empty())
            return 0;
        if (items.size() == 1)
            return leaf_entry(items[0].hash, items[0].leaf);
        if (shift >= hash_bits)
            return bucket_of(memory, items);
        std::uint32_t ends[64] = {};
        for (item const& x : items)
            ++ends[(x.hash >> shift) & 63U];
        std::uint64_t present = 0;
        std::uint32_t sum = 0;
        for (unsigned i = 0; i < 64; ++i) {
            present |= std::uint64_t{ends[i] != 0} << i;
            std::uint32_t const n = ends[i];
            ends[i] = sum;
            sum += n;
        }
        for (item const& x : items)
            scratch[ends[(x.hash >> shift) & 63U]++] = x;
        branch* const b = make_branch(memory, present, static_cast<std::size_t>(std::popcount(present)));
        std::size_t child = 0, from = 0;
        for (std::uint64_t rest = present; rest != 0; rest &= rest - 1) {
            std::size_t const to = ends[std::countr_zero(rest)];
            b->children()[child++] =
                built(memory, scratch.subspan(from, to - from), items.subspan(from, to - from), shift + bits_per_level);
            from = to;
        }
        return entry_of(b);
    }
    template <class Memory>
    static std::uint64_t bucket_of(Memory& memory, std::span<item> items)
    {
        branch* const b = make_branch(memory, items.size(), items.size());
        for (std::size_t i = 0; i < items.size(); ++i)
            b->children()[i] = leaf_entry(items[i].hash, items[i].leaf);
        return entry_of(b);
    }

    template <class F, class B>
    static void walk(std::uint64_t at, unsigned shift, F& leaf, B&& on_branch)
    {
        if (at == 0)
            return;
        if (is_leaf(at)) {
            leaf(*leaf_of(at));
            return;
        }
        branch const& b = *branch_of(at);
        std::size_t const n = child_count(b, shift);
        for (std::size_t i = 0; i < n; ++i)
            walk(b.children()[i], shift + bits_per_level, leaf, on_branch);
        on_branch(&b, branch_size(n));
    }

    std::uint64_t root_ = 0;
};

} // namespace homing::zone
