#include "dns/presentation_encoding.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace homing::dns {

namespace {

int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int base64_value(char c) noexcept
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

int base32hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'v')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'V')
        return c - 'A' + 10;
    return -1;
}

std::uint8_t octet(std::uint32_t v) noexcept
{
    return static_cast<std::uint8_t>(v);
}

} // namespace

bool hex_decoder::add(std::string_view digits)
{
    for (char const c : digits) {
        int const v = hex_value(c);
        if (v < 0)
            return false;
        if (high_ >= 0)
            out_.push_back(octet(static_cast<unsigned>(high_ * 16 + v)));
        high_ = high_ < 0 ? v : -1;
    }
    return true;
}

bool base64_decoder::add(std::string_view digits)
{
    for (char const c : digits)
        if (!add_one(c))
            return false;
    return true;
}

bool base64_decoder::add_one(char c)
{
    if (ended_)
        return false;
    int const v = c == '=' && count_ >= 2 ? 0 : base64_value(c);
    if (v < 0 || (padding_ != 0 && c != '='))
        return false;
    padding_ += c == '=';
    bits_ = bits_ << 6 | static_cast<unsigned>(v);
    if (++count_ < 4)
        return true;
    // Bits that no octet takes must be zero, or two texts would mean the same rdata.
    if ((padding_ == 1 && (bits_ & 0xFF) != 0) || (padding_ == 2 && (bits_ & 0xFFFF) != 0))
        return false;
    for (unsigned i = 0; i < 3 - padding_; ++i)
        out_.push_back(octet(bits_ >> (16 - 8 * i)));
    ended_ = padding_ != 0;
    count_ = 0, bits_ = 0;
    return true;
}

bool decode_base32hex(std::string_view digits, std::vector<std::uint8_t>& out)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (char const c : digits) {
        int const v = base32hex_value(c);
        if (v < 0)
            return false;
        bits = (bits << 5 | static_cast<unsigned>(v)) & 0xFFF;
        count += 5;
        if (count >= 8) {
            count -= 8;
            out.push_back(octet(bits >> count));
        }
    }
    return count < 5 && (bits & ((1U << count) - 1)) == 0;
}

bool append_ipv4(std::string_view text, std::vector<std::uint8_t>& out)
{
    std::array<std::uint8_t, 4> address{};
    std::size_t i = 0;
    for (std::size_t part = 0; part < 4; ++part) {
        std::size_t const begin = i;
        unsigned value = 0;
        while (i < text.size() && i - begin < 3 && text[i] >= '0' && text[i] <= '9')
            value = value * 10 + static_cast<unsigned>(text[i++] - '0');
        bool const leading_zero = i - begin > 1 && text[begin] == '0';
        if (i == begin || value > 255 || leading_zero)
            return false;
        if (part < 3 && (i == text.size() || text[i++] != '.'))
            return false;
        address[part] = octet(value);
    }
    out.insert(out.end(), address.begin(), address.end());
    return i == text.size();
}

bool append_ipv6(std::string_view text, std::vector<std::uint8_t>& out)
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    std::array<std::uint8_t, 16> address;
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
        return false;
    std::memcpy(terminated.data(), text.data(), text.size());
    if (inet_pton(AF_INET6, terminated.data(), address.data()) != 1)
        return false;
    out.insert(out.end(), address.begin(), address.end());
    return true;
}

void print_ipv4(std::string& out, std::span<std::uint8_t const> address)
{
    for (std::size_t i = 0; i < 4; ++i) {
        unsigned const v = address[i];
        if (i != 0)
            out += '.';
        if (v >= 100)
            out += static_cast<char>('0' + v / 100);
        if (v >= 10)
            out += static_cast<char>('0' + v / 10 % 10);
        out += static_cast<char>('0' + v % 10);
    }
}

void print_ipv6(std::string& out, std::span<std::uint8_t const> address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    out += text.data();
}

void append_hex(std::string& out, std::span<std::uint8_t const> bytes)
{
    constexpr char digits[] = "0123456789ABCDEF";
    for (auto const b : bytes)
        out += {digits[b >> 4], digits[b & 15]};
}

void append_base64(std::string& out, std::span<std::uint8_t const> bytes)
{
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::size_t const n = bytes.size() - i;
        std::uint32_t const v = bytes[i] * 65536U + (n > 1 ? bytes[i + 1] * 256U : 0) + (n > 2 ? bytes[i + 2] : 0U);
        out += {digits[v >> 18], digits[v >> 12 & 63], n > 1 ? digits[v >> 6 & 63] : '=', n > 2 ? digits[v & 63] : '='};
    }
}

void append_base32hex(std::string& out, std::span<std::uint8_t const> bytes)
{
    constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (auto const b : bytes) {
        bits = (bits << 8 | b) & 0xFFF;
        for (count += 8; count >= 5; count -= 5)
            out += digits[bits >> (count - 5) & 31];
    }
    if (count != 0)
        out += digits[bits << (5 - count) & 31];
}

} // namespace homing::dns
