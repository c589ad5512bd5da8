#include "zone/zone_file_generate.hpp"

#include "dns/presentation_token.hpp"

#include <algorithm>

namespace homing::zone {

namespace {

constexpr std::uint32_t max_number = 0x7FFFFFFF;
constexpr std::uint32_t max_width = 255;

/// What stands between the braces: `offset[,width[,base]]`.
struct number_form {
    std::int64_t offset = 0;
    std::uint32_t width = 0;
    char base = 'd';
};

/// Takes what stands before the next comma off `text`, and the comma.
std::string_view take_part(std::string_view& text)
{
    auto const part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

std::optional<number_form> form_from_text(std::string_view text)
{
    number_form form;
    auto offset = take_part(text);
    bool const is_negative = offset.starts_with('-');
    offset.remove_prefix(is_negative ? 1 : 0);
    auto const value = dns::read_number(offset, max_number);
    if (!value)
        return {};
    form.offset = is_negative ? -std::int64_t{*value} : std::int64_t{*value};
    if (!text.empty()) {
        auto const width = dns::read_number(take_part(text), max_width);
        if (!width)
            return {};
        form.width = *width;
    }
    if (!text.empty())
        form.base = text.size() == 1 ? text[0] : '?';
    return std::string_view{"doxXnN"}.find(form.base) != std::string_view::npos ? std::optional{form} : std::nullopt;
}

/// Nibbles, the lowest first, with dots between them, as the names of IPv6 addresses have them. Dots count in the width.
std::string nibbles(std::uint64_t value, std::size_t width, char const* digits)
{
    std::string out;
    do {
        out += digits[value & 15];
        value >>= 4;
        if (value != 0 || out.size() < width)
            out += '.';
    } while (value != 0 || out.size() < width);
    return out;
}

std::string in_base(std::uint64_t value, std::size_t width, unsigned base, char const* digits)
{
    std::string out;
    do {
        out += digits[value % base];
        value /= base;
    } while (value != 0 || out.size() < width);
    std::ranges::reverse(out);
    return out;
}

std::optional<std::string> print(number_form const& form, std::uint32_t number)
{
    std::int64_t const value = std::int64_t{number} + form.offset;
    if (value < 0)
        return {};
    auto const v = static_cast<std::uint64_t>(value);
    char const* const digits = form.base == 'X' || form.base == 'N' ? "0123456789ABCDEF" : "0123456789abcdef";
    switch (form.base) {
    case 'd': return in_base(v, form.width, 10, digits);
    case 'o': return in_base(v, form.width, 8, digits);
    case 'x':
    case 'X': return in_base(v, form.width, 16, digits);
    default: return nibbles(v, form.width, digits);
    }
}

/// Takes the number's form off `text`, which stands behind a dollar.
std::optional<number_form> take_form(std::string_view& text)
{
    if (!text.starts_with('{'))
        return number_form{};
    auto const end = text.find('}');
    if (end == std::string_view::npos)
        return {};
    auto const form = form_from_text(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return form;
}

} // namespace

std::optional<generate_range> generate_range_from_text(std::string_view text)
{
    auto const dash = text.find('-'), slash = std::min(text.find('/'), text.size());
    if (dash > slash)
        return {};
    auto const start = dns::read_number(text.substr(0, dash), max_number);
    auto const stop = dns::read_number(text.substr(dash + 1, slash - dash - 1), max_number);
    auto const step = slash == text.size() ? std::optional{1U} : dns::read_number(text.substr(slash + 1), max_number);
    if (!start || !stop || !step || *stop < *start || *step == 0)
        return {};
    return generate_range{*start, *stop, *step};
}

std::optional<std::string> expand_generated(std::string_view text, std::uint32_t number)
{
    std::string out;
    while (!text.empty()) {
        char const c = text[0];
        text.remove_prefix(1);
        if (c == '\\' && !text.empty()) {
            out += {c, text[0]};
            text.remove_prefix(1);
        } else if (c != '$') {
            out += c;
        } else if (text.starts_with('$')) {
            out += "\\$";
            text.remove_prefix(1);
        } else {
            auto const form = take_form(text);
            auto const printed = form ? print(*form, number) : std::nullopt;
            if (!printed)
                return {};
            out += *printed;
        }
    }
    return out;
}

} // namespace homing::zone
