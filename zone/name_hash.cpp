#include "zone/name_hash.hpp"

namespace homing::zone {

namespace {

/// ASCII lower case of eight octets at once; length octets (at most 63) are below 'A' and stay.
std::uint64_t lower8(std::uint64_t w) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101ULL, high = 0x80 * ones;
    std::uint64_t const low_bits = w & ~high;
    std::uint64_t const above_z = low_bits + (0x7f - 'Z') * ones;
    std::uint64_t const from_a = low_bits + (0x80 - 'A') * ones;
    return w | ((from_a ^ above_z) & ~w & high) >> 2U;
}

void copy_lower(std::uint8_t* to, std::uint8_t const* from, std::size_t size) noexcept
{
    std::uint64_t w = 0;
    for (; size >= 8; size -= 8, to += 8, from += 8) {
        std::memcpy(&w, from, 8);
        w = lower8(w);
        std::memcpy(to, &w, 8);
    }
    std::memcpy(&w, from, size);
    w = lower8(w);
    std::memcpy(to, &w, size);
}

} // namespace

std::uint64_t hash_labels(std::uint64_t base, std::span<std::uint8_t const> relative) noexcept
{
    std::uint8_t starts[dns::max_labels + 1];
    std::size_t n = 0;
    for (std::size_t at = 0; at < relative.size(); at += relative[at] + 1U)
        starts[n++] = static_cast<std::uint8_t>(at);
    std::uint64_t h = base;
    while (n-- != 0)
        h = hash_label(h, relative.data() + starts[n] + 1, relative[starts[n]]);
    return h;
}

std::uint64_t hash_name(std::uint64_t seed, dns::name_view n) noexcept
{
    std::uint8_t lowered[dns::max_name_size];
    copy_lower(lowered, n.data(), n.size());
    return hash_labels(seed, {lowered, n.size() - 1});
}

void query_name::assign(std::uint64_t seed, dns::name_view n) noexcept
{
    size_ = static_cast<std::uint8_t>(n.size());
    copy_lower(bytes_.data(), n.data(), n.size());
    std::size_t labels = 0;
    for (std::size_t at = 0; bytes_[at] != 0; at += bytes_[at] + 1U)
        offsets_[labels++] = static_cast<std::uint8_t>(at);
    labels_ = static_cast<std::uint8_t>(labels);
    hashes_[0] = seed;
    for (std::size_t i = 1; i <= labels; ++i) {
        std::uint8_t const* const label = &bytes_[offsets_[labels - i]];
        hashes_[i] = hash_label(hashes_[i - 1], label + 1, *label);
    }
}

} // namespace homing::zone
