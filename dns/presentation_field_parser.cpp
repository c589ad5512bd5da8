#include "dns/presentation_field_parser.hpp"

#include "dns/presentation.hpp"
#include "dns/presentation_encoding.hpp"
#include "dns/presentation_fields.hpp"
#include "dns/presentation_time.hpp"

#include <algorithm>

namespace homing::dns {

bool field_parser::fail(std::string what)
{
    error_ = std::move(what);
    return false;
}

text_token const* field_parser::word()
{
    auto const* const w = string_word();
    if (w != nullptr && w->quoted) {
        fail(*w, " is in quotes, where a plain word belongs");
        return nullptr;
    }
    return w;
}

text_token const* field_parser::string_word()
{
    if (!at_end())
        return &words_[next_++];
    fail("is missing");
    return nullptr;
}

bool field_parser::field(char letter)
{
    switch (letter) {
    case 'S': return strings();
    case 'o': return at_end() || string();
    case 'q': return text();
    case 't': return tag();
    case '8': return groups(4, 1, 4, ':');
    case 'e': return groups(6, 2, 2, '-');
    case 'E': return groups(8, 2, 2, '-');
    case 'x': return hex_rest();
    case 'b': return base64_rest();
    case 'c': return at_end() || base64_rest();
    case 'h': return salt();
    case 'z': return hash();
    case 'M': return types();
    case 'K': return parameters();
    case 'w': return services();
    case 'g': return gateway();
    case 'R': return relay_type();
    case 'P': return host_identity();
    default: return simple(letter);
    }
}

bool field_parser::simple(char letter)
{
    switch (letter) {
    case 'n': return name();
    case '4': return address4();
    case '6': return address6();
    case 's': return string();
    case 'B': return number(0xFF, &field_parser::u8);
    case 'H': return number(0xFFFF, &field_parser::u16);
    case 'W': return number(0xFFFFFFFF, &field_parser::u32);
    case 'T': return time();
    case 'D': return date();
    case 'Y': return type();
    default: return mnemonic(letter);
    }
}

bool field_parser::all_read()
{
    return at_end() || fail(words_[next_], " is a word too many");
}

bool field_parser::number(std::uint32_t max, void (field_parser::*put)(std::uint32_t))
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto const v = read_number(w->text, max);
    if (!v)
        return fail(*w, " is not a number from 0 to " + std::to_string(max));
    (this->*put)(*v);
    return true;
}

bool field_parser::mnemonic(char letter)
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    bool const wide = letter == 'C';
    std::uint32_t const max = wide ? 0xFFFF : 0xFF;
    std::optional<std::uint32_t> v = read_number(w->text, max);
    if (!v)
        v = value_of_mnemonic(letter, w->text);
    if (!v)
        return fail(*w, " is neither a name known here nor a number from 0 to " + std::to_string(max));
    wide ? u16(*v) : u8(*v);
    return true;
}

bool field_parser::time()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto v = read_number(w->text, 0xFFFFFFFF);
    if (!v)
        v = ttl_from_text(w->text);
    if (!v)
        return fail(*w, " is not a time (seconds, or like 1h30m)");
    u32(*v);
    return true;
}

bool field_parser::date()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto v = seconds_of_date(w->text);
    if (!v)
        v = read_number(w->text, 0xFFFFFFFF);
    if (!v)
        return fail(*w, " is not a date (YYYYMMDDHHMMSS, or seconds since 1970)");
    u32(*v);
    return true;
}

bool field_parser::type()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto const t = rr_type_from_text(w->text);
    if (!t)
        return fail(*w, " is not an RR type");
    u16(static_cast<std::uint32_t>(*t));
    return true;
}

bool field_parser::types()
{
    std::vector<std::uint16_t> set;
    while (!at_end()) {
        auto const t = rr_type_from_text(words_[next_].text);
        if (!t)
            return fail("names " + quote(words_[next_].text) + ", which is not an RR type");
        set.push_back(static_cast<std::uint16_t>(*t));
        ++next_;
    }
    std::sort(set.begin(), set.end());
    for (std::size_t i = 0; i < set.size();) { // RFC 4034 4.1.2: a window for each 256 types
        std::uint8_t const window = static_cast<std::uint8_t>(set[i] >> 8);
        std::array<std::uint8_t, 32> bits{};
        std::size_t size = 0;
        for (; i < set.size() && set[i] >> 8 == window; ++i) {
            size = (set[i] & 0xFFU) / 8 + 1;
            bits[size - 1] = static_cast<std::uint8_t>(bits[size - 1] | 0x80U >> (set[i] & 7U));
        }
        u8(window), u8(static_cast<std::uint32_t>(size));
        out_.insert(out_.end(), bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return true;
}

bool field_parser::name()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    name_octets n;
    if (auto const f = read_name(w->text, origin_, n); f != name_fault::none)
        return fail(*w, std::string{" "} + reason(f));
    out_.insert(out_.end(), n.bytes.begin(), n.bytes.begin() + static_cast<std::ptrdiff_t>(n.size));
    return true;
}

bool field_parser::address4()
{
    auto const* const w = word();
    return w != nullptr && (append_ipv4(w->text, out_) || fail(*w, " is not an IPv4 address"));
}

bool field_parser::address6()
{
    auto const* const w = word();
    return w != nullptr && (append_ipv6(w->text, out_) || fail(*w, " is not an IPv6 address"));
}

bool field_parser::octets(text_token const& w)
{
    for (std::size_t i = 0; i < w.text.size();) {
        std::uint8_t c;
        if (!take_octet(w.text, i, c))
            return fail(w, " has a malformed escape (a backslash takes three digits up to 255, or one other character)");
        out_.push_back(c);
    }
    return true;
}

bool field_parser::string()
{
    auto const* const w = string_word();
    if (w == nullptr)
        return false;
    std::size_t const at = out_.size();
    u8(0);
    if (!octets(*w))
        return false;
    std::size_t const size = out_.size() - at - 1;
    if (size > 255)
        return fail(*w, " is a string of " + std::to_string(size) + " octets; at most 255 fit, so make it several strings");
    out_[at] = static_cast<std::uint8_t>(size);
    return true;
}

bool field_parser::strings()
{
    do {
        if (!string())
            return false;
    } while (!at_end());
    return true;
}

bool field_parser::text()
{
    auto const* const w = string_word();
    return w != nullptr && octets(*w);
}

bool field_parser::tag()
{
    auto const* const w = word();
    if (w == nullptr)
        return false;
    auto const allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    if (w->text.size() > 255 || !std::all_of(w->text.begin(), w->text.end(), allowed)) // RFC 8659 4.1
        return fail(*w, " is not a tag (letters and digits)");
    u8(static_cast<std::uint32_t>(w->text.size()));
    out_.insert(out_.end(), w->text.begin(), w->text.end());
    return true;
}

} // namespace homing::dns
