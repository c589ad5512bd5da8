#include "dns/presentation_fields.hpp"
#include "dns/presentation_print.hpp"

#include <charconv>

namespace homing::dns {

namespace {

void print_octet(std::string& out, std::uint8_t c, std::string_view escaped)
{
    if (c < 0x20 || c >= 0x7F) {
        out += '\\';
        out += {static_cast<char>('0' + c / 100), static_cast<char>('0' + c / 10 % 10), static_cast<char>('0' + c % 10)};
        return;
    }
    if (escaped.find(static_cast<char>(c)) != std::string_view::npos)
        out += '\\';
    out += static_cast<char>(c);
}

constexpr bool is_plain(std::uint8_t c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c >= 'A' && c <= 'Z');
}

} // namespace

void print_name(std::string& out, name_view n)
{
    if (n.is_root())
        out += '.';
    for (; !n.is_root(); n = n.parent()) {
        for (auto const c : n.first_label())
            if (is_plain(c))
                out += static_cast<char>(c);
            else if (c == ' ')
                out += "\\032";
            else
                print_octet(out, c, ".\\\"();@$");
        out += '.';
    }
}

void print_string(std::string& out, std::span<std::uint8_t const> s)
{
    out += '"';
    for (auto const c : s)
        print_octet(out, c, "\"\\");
    out += '"';
}

void print_number(std::string& out, std::uint32_t v)
{
    std::array<char, 10> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), v).ptr;
    out.append(digits.data(), end);
}

void print_type(std::string& out, rr_type t)
{
    if (auto const* const form = find_text_form(t)) {
        out += form->mnemonic;
        return;
    }
    out += "TYPE";
    print_number(out, static_cast<std::uint32_t>(t));
}

} // namespace homing::dns
