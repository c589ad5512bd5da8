// For tests: bytes from hexadecimal digits, names from text, seeded random bytes.
#pragma once

#include "dns/name.hpp"

#include <random>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace homing::test {

using octets = std::vector<std::uint8_t>;

/// "c0 0c" -> {0xC0, 0x0C}; white space is ignored.
inline octets hex(std::string_view digits)
{
    octets out;
    int high = -1;
    for (char const c : digits) {
        if (c == ' ' || c == '\n')
            continue;
        std::size_t const value = std::string_view{"0123456789abcdef"}.find(c);
        if (value == std::string_view::npos)
            throw std::invalid_argument{"not a hexadecimal digit"};
        if (high >= 0)
            out.push_back(static_cast<std::uint8_t>(high * 16 + static_cast<int>(value)));
        high = high >= 0 ? -1 : static_cast<int>(value);
    }
    return out;
}

/// A name from text that is known to be one.
inline dns::name operator""_n(char const* text, std::size_t size)
{
    auto const n = dns::name::from_text({text, size});
    if (!n)
        throw std::invalid_argument{"not a name: " + std::string{text, size}};
    return *n;
}

inline octets random_octets(std::mt19937& random, std::size_t size)
{
    octets out(size);
    for (auto& o : out)
        o = static_cast<std::uint8_t>(random());
    return out;
}

} // namespace homing::test
