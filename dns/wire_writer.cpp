#include "dns/wire_writer.hpp"

namespace homing::dns {

namespace {

constexpr std::size_t pointer_reach = 0x4000;

/// Of a name's first label, by its ends, where ns1 and ns2 differ: together with the size it tells apart nearly all names of
/// one message.
std::uint8_t hash_of(name_view n) noexcept
{
    std::size_t const size = n.data()[0];
    return static_cast<std::uint8_t>(lower(n.data()[1]) * 31 + lower(n.data()[size]) + size);
}

} // namespace

bool wire_writer::stands_at(std::size_t offset, name_view n) const noexcept
{
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

int wire_writer::find(name_view n, std::uint8_t hash) const noexcept
{
    for (std::size_t i = 0; i < names_; ++i) {
        known_name const& k = known_[i];
        if (k.size == n.size() && k.hash == hash && stands_at(k.offset, n))
            return k.offset;
    }
    return -1;
}

void wire_writer::remember(std::size_t offset, std::size_t size, std::uint8_t hash) noexcept
{
    if (offset >= pointer_reach || names_ == max_known)
        return;
    known_[names_++] = {static_cast<std::uint16_t>(offset), static_cast<std::uint8_t>(size), hash};
}

void wire_writer::compressed(name_view n) noexcept
{
    std::array<std::uint8_t, max_labels> hashes;
    std::size_t labels = 0;
    int target = -1;
    name_view rest = n;
    for (; !rest.is_root(); rest = rest.parent()) {
        hashes[labels] = hash_of(rest);
        target = find(rest, hashes[labels]);
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
        remember(at, n.size(), hashes[i]);
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
        remember(offset, n.size(), hash_of(n));
        offset += n.data()[0] + 1U;
    }
}

} // namespace homing::dns
