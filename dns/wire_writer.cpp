#include "dns/wire_writer.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

constexpr std::size_t pointer_reach = 0x4000;

/// The octets of a label as one number, without the bit that makes letters lower case: the first and the last eight, or all.
std::uint64_t number_of(std::uint8_t const* label, std::size_t size) noexcept
{
    auto const load = [label]<class Word>(Word w, std::size_t at) -> std::uint64_t {
        std::memcpy(&w, label + at, sizeof w);
        return w | (0x2020202020202020 & static_cast<Word>(~Word{}));
    };
    if (size >= 8)
        return load(std::uint64_t{}, 0) + 3 * load(std::uint64_t{}, size - 8);
    if (size >= 4)
        return load(std::uint32_t{}, 0) << 32U | load(std::uint32_t{}, size - 4);
    return load(std::uint8_t{}, 0) << 16U | load(std::uint8_t{}, size / 2) << 8U | load(std::uint8_t{}, size - 1);
}

/// One of the four 16-bit lanes is `key`: a lane of the difference that is zero borrows, which sets its top bit.
bool has_lane(std::uint64_t lanes, std::uint16_t key) noexcept
{
    constexpr std::uint64_t ones = 0x0001000100010001;
    std::uint64_t const difference = lanes ^ ones * key;
    return ((difference - ones) & ~difference & ones << 15U) != 0;
}

/// See keys_. Precondition: not the root.
std::uint16_t key_of(name_view n) noexcept
{
    std::uint64_t const hash = number_of(n.data() + 1, n.data()[0]) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::uint16_t>(n.size() << 8U | hash >> 56U);
}

} // namespace

bool wire_writer::stands_at(std::size_t offset, name_view n) const noexcept
{
    // Most stand there in one piece.
    if (offset + n.size() <= position_ && equal_ignoring_case(&buffer_[offset], n.data(), n.size()))
        return true;
    // The buffer holds only sequences that this writer or its caller's `note` vouch for, so they end and point backwards.
    for (;;) {
        std::size_t const octet = buffer_[offset];
        if (octet >= 0xC0) {
            offset = (octet & 0x3F) << 8 | buffer_[offset + 1];
            continue;
        }
        if (octet != n.data()[0])
            return false;
        if (octet == 0)
            return true;
        if (!equal_ignoring_case(&buffer_[offset + 1], n.data() + 1, octet))
            return false;
        offset += octet + 1;
        n = n.parent();
    }
}

int wire_writer::find(name_view n, std::uint16_t key) const noexcept
{
    for (std::size_t i = 0; i < names_; i += keys_at_once) {
        std::uint64_t keys;
        std::memcpy(&keys, &keys_[i], sizeof keys);
        if (!has_lane(keys, key))
            continue;
        for (std::size_t k = i; k < std::min<std::size_t>(i + keys_at_once, names_); ++k)
            if (keys_[k] == key && stands_at(offsets_[k], n))
                return offsets_[k];
    }
    return -1;
}

void wire_writer::remember(std::size_t offset, std::uint16_t key) noexcept
{
    if (offset >= pointer_reach || names_ == max_known)
        return;
    if (names_ % keys_at_once == 0)
        std::memset(&keys_[names_], 0, keys_at_once * sizeof key); // `find` reads them together
    keys_[names_] = key;
    offsets_[names_++] = static_cast<std::uint16_t>(offset);
}

void wire_writer::compressed(name_view n) noexcept
{
    std::array<std::uint16_t, max_labels> keys;
    std::size_t labels = 0;
    int target = -1;
    name_view rest = n;
    for (; !rest.is_root(); rest = rest.parent()) {
        keys[labels] = key_of(rest);
        target = find(rest, keys[labels]);
        if (target >= 0)
            break;
        ++labels;
    }
    std::size_t const kept = n.size() - rest.size();
    std::size_t at = position_;
    if (!take(kept + (target >= 0 ? 2 : 1)))
        return;
    std::memcpy(&buffer_[at], n.data(), kept);
    for (std::size_t i = 0; i < labels; ++i, n = n.parent()) {
        remember(at, keys[i]);
        at += n.data()[0] + 1U;
    }
    if (target >= 0)
        patch16(at, static_cast<std::uint16_t>(0xC000 | target));
    else
        buffer_[at] = 0;
}

void wire_writer::note(name_view n, std::size_t offset) noexcept
{
    for (; !n.is_root(); n = n.parent()) {
        remember(offset, key_of(n));
        offset += n.data()[0] + 1U;
    }
}

} // namespace homing::dns
