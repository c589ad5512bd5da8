// Hexadecimal, base64, base32hex (RFC 4648) and addresses as rdata in text uses them.
//
// Decoders append to `out` and answer false on anything malformed, what was appended being garbage then. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homing::dns {

/// The rest of a field may stand in several words, so both take the parts one by one and `finish` says whether they were whole.
class hex_decoder {
public:
    explicit hex_decoder(std::vector<std::uint8_t>& out) noexcept : out_{out} {}
    bool add(std::string_view digits);
    bool finish() const noexcept { return high_ < 0; }

private:
    std::vector<std::uint8_t>& out_;
    int high_ = -1;
};

class base64_decoder {
public:
    explicit base64_decoder(std::vector<std::uint8_t>& out) noexcept : out_{out} {}
    bool add(std::string_view digits);
    bool finish() const noexcept { return count_ == 0; }

private:
    bool add_one(char c);

    std::vector<std::uint8_t>& out_;
    std::uint32_t bits_ = 0;
    unsigned count_ = 0; // digits since the last whole group
    unsigned padding_ = 0;
    bool ended_ = false;
};

/// Without padding, any case (RFC 5155 3.3).
bool decode_base32hex(std::string_view digits, std::vector<std::uint8_t>& out);

/// Four decimal numbers, none shortened or with leading zeros.
bool append_ipv4(std::string_view text, std::vector<std::uint8_t>& out);
bool append_ipv6(std::string_view text, std::vector<std::uint8_t>& out);

/// Precondition: 4 octets.
void print_ipv4(std::string& out, std::span<std::uint8_t const>);
/// Precondition: 16 octets.
void print_ipv6(std::string& out, std::span<std::uint8_t const>);
void append_hex(std::string& out, std::span<std::uint8_t const>);
void append_base64(std::string& out, std::span<std::uint8_t const>);
void append_base32hex(std::string& out, std::span<std::uint8_t const>);

} // namespace homing::dns
