// By itself, so that a program without ldns can have it.
#include "dns/presentation.hpp"
#include "dns/presentation_token.hpp"

namespace homing::dns {

namespace {

constexpr std::uint32_t max_ttl = 0x7FFFFFFF; // RFC 2181 8

std::uint32_t seconds_in(char unit) noexcept
{
    switch (unit) {
    case 'w':
    case 'W': return 604800;
    case 'd':
    case 'D': return 86400;
    case 'h':
    case 'H': return 3600;
    case 'm':
    case 'M': return 60;
    case 's':
    case 'S': return 1;
    default: return 0;
    }
}

} // namespace

std::optional<std::uint32_t> ttl_from_text(std::string_view text)
{
    if (auto const plain = read_number(text, max_ttl))
        return plain;
    std::uint64_t total = 0;
    if (text.empty())
        return {};
    while (!text.empty()) {
        auto const digits = text.find_first_not_of("0123456789");
        if (digits == std::string_view::npos)
            return {};
        auto const number = read_number(text.substr(0, digits), max_ttl);
        auto const unit = seconds_in(text[digits]);
        if (!number || unit == 0)
            return {};
        total += std::uint64_t{*number} * unit;
        if (total > max_ttl)
            return {};
        text.remove_prefix(digits + 1);
    }
    return static_cast<std::uint32_t>(total);
}

} // namespace homing::dns
