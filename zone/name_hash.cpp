#include "zone/name_hash.hpp"

#include <algorithm>

namespace homing::zone {

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
    dns::copy_lower(lowered, n.data(), n.size());
    return hash_labels(seed, {lowered, n.size() - 1});
}

void query_name::assign(std::uint64_t seed, dns::name_view n) noexcept
{
    read(seed, n.bytes());
}

bool query_name::read(std::uint64_t seed, std::span<std::uint8_t const> bytes) noexcept
{
    std::size_t const limit = std::min(bytes.size(), dns::max_name_size);
    std::size_t at = 0, labels = 0;
    for (; at < limit && bytes[at] != 0; at += bytes[at] + 1U) {
        if (bytes[at] > dns::max_label_size)
            return false;
        offsets_[labels++] = static_cast<std::uint8_t>(at);
    }
    if (at >= limit)
        return false;
    size_ = static_cast<std::uint8_t>(at + 1);
    labels_ = static_cast<std::uint8_t>(labels);
    dns::copy_lower(bytes_.data(), bytes.data(), size_);
    hash_suffixes(seed);
    return true;
}

void query_name::hash_suffixes(std::uint64_t seed) noexcept
{
    hashes_[0] = seed;
    for (std::size_t i = 1; i <= labels_; ++i) {
        std::uint8_t const* const label = &bytes_[offsets_[labels_ - i]];
        hashes_[i] = name_hash::of_label(hashes_[i - 1], label + 1, *label, [](std::uint8_t const* p, std::size_t n) {
            return name_hash::load8(p) & ((std::uint64_t{1} << 8 * n) - 1); // what is behind the label is in bytes_, too
        });
    }
}

} // namespace homing::zone
