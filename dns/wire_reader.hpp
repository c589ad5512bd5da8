// A bounded cursor over bytes from outside.
//
// It latches its first failure: after a read that does not fit, every later read gives zero, nothing or the root and `ok()`
// stays false, so that a caller checks once per record. Never reads outside its bytes, whatever they are. No allocation.
#pragma once

#include "dns/name.hpp"

namespace homing::dns {

class wire_reader {
public:
    /// Compression pointers are resolved within `message`; the cursor starts at `position`.
    explicit wire_reader(std::span<std::uint8_t const> message, std::size_t position = 0) noexcept
        : message_{message}, end_{message.size()}, position_{position}, ok_{position <= message.size()}
    {
    }

    bool ok() const noexcept { return ok_; }
    void fail() noexcept { ok_ = false; }
    std::size_t position() const noexcept { return position_; }
    std::size_t remaining() const noexcept { return ok_ ? end_ - position_ : 0; }
    std::span<std::uint8_t const> message() const noexcept { return message_; }

    std::uint8_t u8() noexcept { return take(1) ? message_[position_ - 1] : std::uint8_t{0}; }
    std::uint16_t u16() noexcept
    {
        if (!take(2))
            return 0;
        auto const* const p = message_.data() + position_ - 2;
        return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
    }
    std::uint32_t u32() noexcept
    {
        if (!take(4))
            return 0;
        auto const* const p = message_.data() + position_ - 4;
        return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
    }
    /// `n` bytes, borrowed from the message; empty on failure.
    std::span<std::uint8_t const> bytes(std::size_t n) noexcept
    {
        if (!take(n))
            return {};
        return message_.subspan(position_ - n, n);
    }
    void skip(std::size_t n) noexcept { bytes(n); }

    /// A name, decompressed into `out`. Pointers must point backwards (strictly before the label sequence they continue), so
    /// that a loop is impossible.
    void read(name& out) noexcept;
    /// The same, but a pointer is a failure.
    void read_uncompressed(name& out) noexcept;
    /// Past a name without decompressing it (a pointer ends it; its target is not looked at).
    void skip_name() noexcept;

    /// A reader of the next `n` bytes alone, on which names may still point back into the whole message; this one moves past.
    wire_reader sub(std::size_t n) noexcept;

private:
    bool take(std::size_t n) noexcept
    {
        ok_ = ok_ && n <= end_ - position_;
        if (ok_)
            position_ += n;
        return ok_;
    }

    std::span<std::uint8_t const> message_;
    std::size_t end_;
    std::size_t position_;
    bool ok_;
};

} // namespace homing::dns
