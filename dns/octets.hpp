// Octets of names compared and copied several at a time, with or without regard to the case of ASCII letters (RFC 4343).
//
// Length octets of labels are below 'A', so whole names can be treated as octets. Pure functions; none touches memory outside its ranges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace homing::dns {

/// ASCII lower case of one octet; everything else unchanged.
constexpr std::uint8_t lower(std::uint8_t c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c | 0x20) : c;
}

/// ASCII lower case of eight octets at once.
constexpr std::uint64_t lower8(std::uint64_t octets) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t const seven = octets & (ones * 0x7F);
    std::uint64_t const from_a = seven + ones * (0x80 - 'A');
    std::uint64_t const beyond_z = seven + ones * (0x7F - 'Z');
    std::uint64_t const upper = (from_a ^ beyond_z) & ~octets & (ones * 0x80);
    return octets | upper >> 2;
}

/// Copies octets in ASCII lower case. The ranges do not overlap.
inline void copy_lower(std::uint8_t* to, std::uint8_t const* from, std::size_t size) noexcept
{
    auto const sixteen = [&](std::size_t at) { // a fixed number, which compilers make vector instructions of
        std::uint8_t block[16];
        std::memcpy(block, from + at, sizeof block);
        for (std::uint8_t& c : block)
            c = static_cast<std::uint8_t>(c | (static_cast<std::uint8_t>(c - 'A') < 26) << 5);
        std::memcpy(to + at, block, sizeof block);
    };
    if (size < 16) {
        for (std::size_t i = 0; i < size; ++i)
            to[i] = lower(from[i]);
        return;
    }
    for (std::size_t i = 0; i + 16 < size; i += 16)
        sixteen(i);
    sixteen(size - 16);
}

/// `a` and `b` are equal where `fold` is applied to words that differ. Most names are longer than one word, so the last ones may overlap.
template <class Fold>
bool equal_folded(std::uint8_t const* a, std::uint8_t const* b, std::size_t size, Fold fold) noexcept
{
    auto const differ = [&]<class Word>(Word x, std::size_t at) {
        Word y;
        std::memcpy(&x, a + at, sizeof x);
        std::memcpy(&y, b + at, sizeof y);
        return x != y && fold(x) != fold(y);
    };
    constexpr std::uint64_t eight = 0;
    constexpr std::uint32_t four = 0;
    if (size >= 8) {
        for (std::size_t i = 0; i + 8 < size; i += 8)
            if (differ(eight, i))
                return false;
        return !differ(eight, size - 8);
    }
    if (size >= 4)
        return !differ(four, 0) && !differ(four, size - 4);
    for (std::size_t i = 0; i < size; ++i)
        if (differ(std::uint8_t{}, i))
            return false;
    return true;
}

/// The `size` octets at `a` and `b` are equal.
inline bool equal_octets(std::uint8_t const* a, std::uint8_t const* b, std::size_t size) noexcept
{
    return equal_folded(a, b, size, [](auto word) { return word; });
}

/// The same but for the case of letters.
inline bool equal_ignoring_case(std::uint8_t const* a, std::uint8_t const* b, std::size_t size) noexcept
{
    return equal_folded(a, b, size, [](std::uint64_t word) { return lower8(word); });
}

} // namespace homing::dns
