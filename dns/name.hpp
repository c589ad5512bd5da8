// Domain names in uncompressed wire form: `name_view` borrows one, `name` owns one.
//
// Both are always well formed: labels of 1 to 63 octets, the root label last, at most 255 octets. Names keep the case they
// came in and compare without it (ASCII only, RFC 4343). Immutable values; const use is safe on any thread; nothing throws or
// allocates unless it returns a std::string.
#pragma once

#include "dns/octets.hpp"
#include "dns/types.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace homing::dns {

class name;

/// A borrowed name; the bytes must outlive it.
class name_view {
public:
    /// The root.
    constexpr name_view() noexcept : data_{root_}, size_{1} {}

    /// Precondition: `[data, data + size)` is a well-formed uncompressed name. Use `parse` for bytes from outside.
    constexpr name_view(std::uint8_t const* data, std::size_t size) noexcept : data_{data}, size_{static_cast<std::uint8_t>(size)}
    {
    }

    /// The name at the start of `bytes` (which may be longer), or nothing if there is no well-formed uncompressed name.
    static std::optional<name_view> parse(std::span<std::uint8_t const> bytes) noexcept;

    constexpr std::uint8_t const* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr std::span<std::uint8_t const> bytes() const noexcept { return {data_, size_}; }

    constexpr bool is_root() const noexcept { return size_ == 1; }
    constexpr bool is_wildcard() const noexcept { return size_ > 2 && data_[0] == 1 && data_[1] == '*'; }

    /// Labels, the root not counted.
    std::size_t label_count() const noexcept;
    /// The first (leftmost) label without its length octet; empty for the root.
    constexpr std::span<std::uint8_t const> first_label() const noexcept { return {data_ + 1, data_[0]}; }
    /// The name without its first label. Precondition: not the root.
    constexpr name_view parent() const noexcept { return {data_ + data_[0] + 1, size_ - data_[0] - 1U}; }
    /// The last `labels` labels. Precondition: labels <= label_count().
    name_view suffix(std::size_t labels) const noexcept;

    /// Equal to `ancestor` or below it.
    bool is_subdomain_of(name_view ancestor) const noexcept
    {
        name_view v = *this;
        while (v.size_ > ancestor.size_)
            v = v.parent();
        return v == ancestor;
    }
    /// Below `ancestor`, not equal to it.
    bool is_below(name_view ancestor) const noexcept { return size_ > ancestor.size_ && is_subdomain_of(ancestor); }

    /// Without regard to case.
    friend bool operator==(name_view a, name_view b) noexcept
    {
        return a.size_ == b.size_ && equal_ignoring_case(a.data_, b.data_, a.size_);
    }

    /// Canonical order (RFC 4034 6.1): negative, zero or positive.
    int compare(name_view other) const noexcept;

    /// Presentation form with a final dot, in the name's own case, `\DDD` and `\.` escapes where RFC 1035 5.1 needs them.
    std::string to_string() const;

private:
    static constexpr std::uint8_t root_[1] = {0};
    std::uint8_t const* data_;
    std::uint8_t size_;
};

/// A name with its bytes inside (256 octets, trivially copyable).
class name {
public:
    /// The root.
    name() noexcept : size_{1} { bytes_[0] = 0; }
    name(name_view v) noexcept : size_{static_cast<std::uint8_t>(v.size())} { std::memcpy(bytes_.data(), v.data(), v.size()); }

    /// From presentation form; a missing final dot is taken as present (names are absolute). Nothing if malformed.
    static std::optional<name> from_text(std::string_view text) noexcept;
    /// `prefix` (as labels, its root dropped) put before `suffix`; nothing if that is too long.
    static std::optional<name> join(name_view prefix, name_view suffix) noexcept;

    operator name_view() const noexcept { return {bytes_.data(), size_}; }
    name_view view() const noexcept { return {bytes_.data(), size_}; }
    std::uint8_t const* data() const noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return size_; }
    std::string to_string() const { return view().to_string(); }

    friend bool operator==(name const& a, name const& b) noexcept { return a.view() == b.view(); }
    friend bool operator==(name const& a, name_view b) noexcept { return a.view() == b; }

    /// The same name in lower case.
    name to_lower() const noexcept;

private:
    friend class wire_reader;
    std::uint8_t size_;
    std::array<std::uint8_t, max_name_size> bytes_;
};

} // namespace homing::dns
