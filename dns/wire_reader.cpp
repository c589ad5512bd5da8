#include "dns/wire_reader.hpp"

namespace homing::dns {

void wire_reader::read(name& out) noexcept
{
    std::size_t size = 0;
    std::size_t at = position_, sequence = position_; // a pointer must go before the sequence that it ends
    std::size_t limit = ok_ ? end_ : 0;
    bool jumped = false;
    while (at < limit) {
        std::size_t const octet = message_[at];
        if (octet <= max_label_size) {
            if (octet + 1 > limit - at || size + octet + 1 > max_name_size)
                break;
            std::memcpy(out.bytes_.data() + size, message_.data() + at, octet + 1);
            size += octet + 1;
            at += octet + 1;
            if (octet != 0)
                continue;
            out.size_ = static_cast<std::uint8_t>(size);
            if (!jumped)
                position_ = at;
            return;
        }
        if (octet < 0xC0 || limit - at < 2)
            break;
        std::size_t const target = (octet & 0x3F) << 8 | message_[at + 1];
        if (target >= sequence)
            break;
        if (!jumped) {
            position_ = at + 2;
            limit = message_.size(); // only what stands at the cursor is bound to a sub-reader's part
            jumped = true;
        }
        at = sequence = target;
    }
    ok_ = false;
    out.bytes_[0] = 0;
    out.size_ = 1;
}

void wire_reader::read_uncompressed(name& out) noexcept
{
    auto const parsed = name_view::parse(message_.subspan(ok_ ? position_ : 0, remaining()));
    name_view const n = parsed.value_or(name_view{});
    std::memcpy(out.bytes_.data(), n.data(), n.size());
    out.size_ = static_cast<std::uint8_t>(n.size());
    ok_ = ok_ && parsed;
    if (ok_)
        position_ += n.size();
}

void wire_reader::skip_name() noexcept
{
    std::size_t size = 0;
    while (ok_) {
        std::size_t const octet = u8();
        if (octet >= 0xC0) {
            skip(1);
            return;
        }
        size += octet + 1;
        if (octet > max_label_size || size > max_name_size)
            break;
        if (octet == 0)
            return;
        skip(octet);
    }
    ok_ = false;
}

wire_reader wire_reader::sub(std::size_t n) noexcept
{
    wire_reader part = *this;
    skip(n);
    part.ok_ = ok_;
    part.end_ = position_;
    return part;
}

} // namespace homing::dns
