#include "dns/name.hpp"

#include <algorithm>

namespace homing::dns {

namespace {

/// Where each label of a name starts, the root not counted, leftmost first.
struct label_offsets {
    std::array<std::uint8_t, max_labels> at;
    std::size_t count = 0;

    explicit label_offsets(name_view n) noexcept
    {
        for (std::size_t i = 0; n.data()[i] != 0; i += n.data()[i] + 1U)
            at[count++] = static_cast<std::uint8_t>(i);
    }
};

/// Labels as left-justified octet strings, the absence of an octet before a zero (RFC 4034 6.1).
int compare_labels(std::uint8_t const* a, std::uint8_t const* b) noexcept
{
    std::size_t const shared = std::min(a[0], b[0]);
    for (std::size_t i = 1; i <= shared; ++i)
        if (int const d = lower(a[i]) - lower(b[i]))
            return d;
    return a[0] - b[0];
}

bool needs_backslash(std::uint8_t c) noexcept
{
    return c == '.' || c == '\\' || c == '"' || c == '(' || c == ')' || c == ';' || c == '@' || c == '$';
}

void append_escaped(std::string& out, std::uint8_t c)
{
    if (c <= 0x20 || c >= 0x7F) {
        out += {'\\', static_cast<char>('0' + c / 100), static_cast<char>('0' + c / 10 % 10), static_cast<char>('0' + c % 10)};
        return;
    }
    if (needs_backslash(c))
        out += '\\';
    out += static_cast<char>(c);
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// The octet that an escape (its backslash already removed) stands for; takes it off `text`.
std::optional<std::uint8_t> take_escape(std::string_view& text) noexcept
{
    if (text.empty())
        return {};
    if (!is_digit(text[0])) {
        auto const c = static_cast<std::uint8_t>(text[0]);
        text.remove_prefix(1);
        return c;
    }
    if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2]))
        return {};
    int const value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (value > 255)
        return {};
    text.remove_prefix(3);
    return static_cast<std::uint8_t>(value);
}

std::optional<std::uint8_t> take_octet(std::string_view& text) noexcept
{
    auto const c = static_cast<std::uint8_t>(text[0]);
    text.remove_prefix(1);
    return c == '\\' ? take_escape(text) : c;
}

/// Reads one label with its final dot, if it has one, into `out` (64 octets): length and octets.
bool take_label(std::string_view& text, std::uint8_t* out) noexcept
{
    std::uint8_t size = 0;
    while (!text.empty() && text[0] != '.') {
        auto const c = take_octet(text);
        if (!c || size == max_label_size)
            return false;
        out[++size] = *c;
    }
    if (!text.empty())
        text.remove_prefix(1);
    out[0] = size;
    return size != 0;
}

} // namespace

std::optional<name_view> name_view::parse(std::span<std::uint8_t const> bytes) noexcept
{
    std::size_t const limit = std::min(bytes.size(), max_name_size);
    std::size_t i = 0;
    while (i < limit && bytes[i] != 0) {
        if (bytes[i] > max_label_size)
            return {};
        i += bytes[i] + 1U;
    }
    if (i >= limit)
        return {};
    return name_view{bytes.data(), i + 1};
}

std::size_t name_view::label_count() const noexcept
{
    std::size_t count = 0;
    for (auto const* p = data_; *p != 0; p += *p + 1)
        ++count;
    return count;
}

name_view name_view::suffix(std::size_t labels) const noexcept
{
    name_view v = *this;
    for (std::size_t surplus = label_count() - labels; surplus != 0; --surplus)
        v = v.parent();
    return v;
}

int name_view::compare(name_view other) const noexcept
{
    label_offsets const a{*this}, b{other};
    std::size_t const shared = std::min(a.count, b.count);
    for (std::size_t i = 1; i <= shared; ++i)
        if (int const d = compare_labels(data_ + a.at[a.count - i], other.data_ + b.at[b.count - i]))
            return d;
    return static_cast<int>(a.count) - static_cast<int>(b.count);
}

std::string name_view::to_string() const
{
    if (is_root())
        return ".";
    std::string out;
    out.reserve(size_ + 8U);
    for (name_view v = *this; !v.is_root(); v = v.parent()) {
        for (std::uint8_t const c : v.first_label())
            append_escaped(out, c);
        out += '.';
    }
    return out;
}

std::optional<name> name::from_text(std::string_view text) noexcept
{
    if (text == ".")
        return name{};
    if (text.empty())
        return {};
    name result;
    std::size_t size = 0;
    std::uint8_t label[max_label_size + 1];
    while (!text.empty()) {
        if (!take_label(text, label) || size + label[0] + 2U > max_name_size)
            return {};
        std::memcpy(result.bytes_.data() + size, label, label[0] + 1U);
        size += label[0] + 1U;
    }
    result.bytes_[size] = 0;
    result.size_ = static_cast<std::uint8_t>(size + 1);
    return result;
}

std::optional<name> name::join(name_view prefix, name_view suffix) noexcept
{
    std::size_t const kept = prefix.size() - 1;
    if (kept + suffix.size() > max_name_size)
        return {};
    name result;
    std::memcpy(result.bytes_.data(), prefix.data(), kept);
    std::memcpy(result.bytes_.data() + kept, suffix.data(), suffix.size());
    result.size_ = static_cast<std::uint8_t>(kept + suffix.size());
    return result;
}

name name::to_lower() const noexcept
{
    name result;
    copy_lower(result.bytes_.data(), bytes_.data(), size_);
    result.size_ = size_;
    return result;
}

} // namespace homing::dns
