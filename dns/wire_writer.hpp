// Writes a message into a caller's buffer, with name compression, and can take back what did not fit.
//
// It latches overflow: after a write that does not fit nothing is written and `ok()` is false until `rewind`. No allocation.
// One thread at a time.
#pragma once

#include "dns/name.hpp"

namespace homing::dns {

class wire_writer {
public:
    /// Writes from `position` on and never past `limit` (which may be raised or lowered later, up to buffer.size()).
    wire_writer(std::span<std::uint8_t> buffer, std::size_t position, std::size_t limit) noexcept
        : buffer_{buffer}, position_{position}, limit_{limit}
    {
    }

    bool ok() const noexcept { return ok_; }
    std::size_t position() const noexcept { return position_; }
    std::size_t room() const noexcept { return ok_ && position_ <= limit_ ? limit_ - position_ : 0; }
    std::size_t limit() const noexcept { return limit_; }
    /// Precondition: position() <= limit <= the buffer's size.
    void limit(std::size_t limit) noexcept { limit_ = limit; }
    std::span<std::uint8_t const> written() const noexcept { return buffer_.first(position_); }

    void u8(std::uint8_t v) noexcept
    {
        if (take(1))
            buffer_[position_ - 1] = v;
    }
    void u16(std::uint16_t v) noexcept
    {
        if (take(2))
            patch16(position_ - 2, v);
    }
    void u32(std::uint32_t v) noexcept
    {
        if (!take(4))
            return;
        patch16(position_ - 4, static_cast<std::uint16_t>(v >> 16));
        patch16(position_ - 2, static_cast<std::uint16_t>(v));
    }
    void bytes(std::span<std::uint8_t const> b) noexcept
    {
        if (take(b.size()) && !b.empty())
            std::memcpy(buffer_.data() + (position_ - b.size()), b.data(), b.size());
    }
    /// Takes `n` octets, which the caller writes. Precondition: n <= room().
    std::uint8_t* claim(std::size_t n) noexcept
    {
        position_ += n;
        return buffer_.data() + (position_ - n);
    }
    /// Uncompressed.
    void plain(name_view n) noexcept { bytes(n.bytes()); }
    /// Compressed against the names written or noted before, and remembered for later ones. Matches without regard to case.
    void compressed(name_view) noexcept;
    /// Remembers that the (uncompressed) name stands at `offset` of the buffer, as the question's does.
    void note(name_view, std::size_t offset) noexcept;

    /// Overwrites two octets written earlier: RDLENGTH, counts.
    void patch16(std::size_t at, std::uint16_t value) noexcept
    {
        buffer_[at] = static_cast<std::uint8_t>(value >> 8);
        buffer_[at + 1] = static_cast<std::uint8_t>(value);
    }

    struct mark {
        std::size_t position;
        std::uint16_t names;
    };
    mark here() const noexcept { return {position_, names_}; }
    /// Keeps what was written since `m`, but points to none of its names any more.
    void forget_names(mark m) noexcept { names_ = m.names; }
    /// Takes back everything written since `m`, names included, and clears a latched overflow.
    void rewind(mark m) noexcept
    {
        position_ = m.position;
        names_ = m.names;
        ok_ = true;
    }

private:
    static constexpr std::size_t max_known = 120, keys_at_once = 4;

    bool take(std::size_t n) noexcept
    {
        ok_ = ok_ && n <= room();
        if (ok_)
            position_ += n;
        return ok_;
    }
    void remember(std::size_t offset, std::uint16_t key) noexcept;
    bool stands_at(std::size_t offset, name_view n) const noexcept;
    int find(name_view n, std::uint16_t key) const noexcept;

    std::span<std::uint8_t> buffer_;
    std::size_t position_;
    std::size_t limit_;
    std::uint16_t names_ = 0;
    bool ok_ = true;
    // The places in the buffer where label sequences start that a pointer can reach, and what tells most names apart: the size when written
    // out in full, and a hash of the first label. The first names_ are set.
    std::array<std::uint16_t, max_known> keys_, offsets_;
};

} // namespace homing::dns
