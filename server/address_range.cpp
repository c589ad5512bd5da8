#include "server/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace homing::server {

namespace {

std::vector<std::uint8_t> octets_of(std::string const& text)
{
    std::vector<std::uint8_t> octets(16);
    if (::inet_pton(AF_INET, text.c_str(), octets.data()) == 1)
        octets.resize(4);
    else if (::inet_pton(AF_INET6, text.c_str(), octets.data()) != 1)
        octets.clear();
    return octets;
}

} // namespace

dns::result<address_range> address_range::parse(std::string_view text)
{
    auto const slash = std::min(text.find('/'), text.size());
    address_range range;
    range.octets_ = octets_of(std::string{text.substr(0, slash)});
    range.length_ = static_cast<unsigned>(range.octets_.size() * 8);
    bool fine = !range.octets_.empty() && text.find('\0') == text.npos;
    if (fine && slash < text.size()) {
        auto const digits = text.substr(slash + 1);
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), range.length_);
        fine = error == std::errc{} && end == digits.data() + digits.size() && range.length_ <= range.octets_.size() * 8;
    }
    if (!fine)
        return dns::failure{"neither an address nor a range of them, as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"};
    return range;
}

bool address_range::contains(std::span<std::uint8_t const> address) const noexcept
{
    if (address.size() != octets_.size())
        return false;
    for (unsigned bit = 0; bit < length_; ++bit)
        if (((address[bit / 8] ^ octets_[bit / 8]) & (0x80U >> bit % 8)) != 0)
            return false;
    return true;
}

bool contains(std::span<address_range const> ranges, std::span<std::uint8_t const> address) noexcept
{
    return std::any_of(ranges.begin(), ranges.end(), [&](address_range const& r) { return r.contains(address); });
}

bool is_loopback(std::span<std::uint8_t const> address) noexcept
{
    if (address.size() == 4)
        return address[0] == 127;
    return address.size() == 16 && address[15] == 1 &&
           std::all_of(address.begin(), address.end() - 1, [](auto o) { return o == 0; });
}

} // namespace homing::server
