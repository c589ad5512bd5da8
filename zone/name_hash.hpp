// Hashes of names, label by label from the root, so that the hash of every suffix of a name falls out on the way.
//
// Keyed by a seed that outsiders do not know: nobody can choose names that collide. Pure; any thread.
#pragma once

#include "dns/name.hpp"

#include <bit>

namespace homing::zone {

/// The hash of `label` put before a name with the hash `parent`. The label is in lower case, without its length octet.
std::uint64_t hash_label(std::uint64_t parent, std::uint8_t const* label, std::size_t size) noexcept;

/// The hash of the lower-case labels in `relative` (no root label) put before a name with the hash `base`.
std::uint64_t hash_labels(std::uint64_t base, std::span<std::uint8_t const> relative) noexcept;

/// The hash of a name in any case. The root's is the seed itself.
std::uint64_t hash_name(std::uint64_t seed, dns::name_view) noexcept;

/// A name to be looked up: lower case, with where each label starts and the hash of each suffix. About 1.5 KB, of which a name touches
/// what it needs. Reused for one query after the other.
class query_name {
public:
    void assign(std::uint64_t seed, dns::name_view) noexcept;
    /// Takes the name at the start of `bytes`, as dns::name_view::parse does; false, and then nothing of use, if there is none.
    bool read(std::uint64_t seed, std::span<std::uint8_t const> bytes) noexcept;

    dns::name_view view() const noexcept { return {bytes_.data(), size_}; }
    std::size_t labels() const noexcept { return labels_; }
    /// The last `n` labels, in lower case.
    dns::name_view suffix(std::size_t n) const noexcept
    {
        std::size_t const at = offset_of(n);
        return {bytes_.data() + at, size_ - at};
    }
    /// Where the last `n` labels start.
    std::size_t offset_of(std::size_t n) const noexcept { return n == 0 ? size_ - 1U : offsets_[labels_ - n]; }
    /// The hash of the last `n` labels.
    std::uint64_t hash(std::size_t n) const noexcept { return hashes_[n]; }

private:
    void hash_suffixes(std::uint64_t seed) noexcept;

    std::uint8_t size_ = 0, labels_ = 0;
    std::array<std::uint8_t, dns::max_labels + 1> offsets_;
    std::array<std::uint8_t, dns::max_name_size + 1 + 8> bytes_; // some more, so that eight can be read at each
    std::array<std::uint64_t, dns::max_labels + 1> hashes_;
};

namespace name_hash {

/// Eight octets as a number, the first one lowest.
inline std::uint64_t load8(std::uint8_t const* p) noexcept
{
    std::uint64_t w;
    std::memcpy(&w, p, sizeof w);
    if constexpr (std::endian::native == std::endian::big)
        w = __builtin_bswap64(w);
    return w;
}

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept
{
    __extension__ using wide = unsigned __int128;
    wide const product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// `load_rest(p, n)`: n < 8 octets as a number, the first one lowest.
template <class LoadRest>
std::uint64_t of_label(std::uint64_t parent, std::uint8_t const* label, std::size_t size, LoadRest load_rest) noexcept
{
    constexpr std::uint64_t k1 = 0x9e3779b97f4a7c15ULL, k2 = 0xd6e8feb86659fd93ULL;
    std::uint64_t h = parent ^ (k1 * (size + 1));
    for (; size >= 8; size -= 8, label += 8)
        h = mix(h ^ load8(label), k2 ^ parent);
    return mix(h ^ load_rest(label, size), k1 ^ (parent >> 32U | parent << 32U)) + parent;
}

} // namespace name_hash

inline std::uint64_t hash_label(std::uint64_t parent, std::uint8_t const* label, std::size_t size) noexcept
{
    return name_hash::of_label(parent, label, size, [](std::uint8_t const* p, std::size_t n) {
        std::uint64_t w = 0;
        while (n-- != 0)
            w = w << 8U | p[n];
        return w;
    });
}

} // namespace homing::zone
