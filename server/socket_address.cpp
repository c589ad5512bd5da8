#include "server/socket_address.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstring>

namespace homing::server {

namespace {

/// The interface that a "%scope" names, by number or by name; 0 if there is none such.
std::uint32_t scope_from_text(std::string const& text)
{
    std::uint32_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size())
        return number;
    return ::if_nametoindex(text.c_str());
}

} // namespace

std::optional<socket_address> socket_address::from_text(std::string_view address, std::uint16_t port)
{
    socket_address result;
    std::string text{address};
    if (::inet_pton(AF_INET, text.c_str(), &result.v4_.sin_addr) == 1) {
        result.port(port);
        return result;
    }
    result.v6_ = {};
    result.v6_.sin6_family = AF_INET6;
    if (auto const percent = text.find('%'); percent != text.npos) {
        result.v6_.sin6_scope_id = scope_from_text(text.substr(percent + 1));
        if (result.v6_.sin6_scope_id == 0)
            return {};
        text.resize(percent);
    }
    if (::inet_pton(AF_INET6, text.c_str(), &result.v6_.sin6_addr) != 1)
        return {};
    result.port(port);
    return result;
}

bool socket_address::is_wildcard() const noexcept
{
    return is_v6() ? IN6_IS_ADDR_UNSPECIFIED(&v6_.sin6_addr) : v4_.sin_addr.s_addr == INADDR_ANY;
}

std::span<std::uint8_t const> socket_address::octets() const noexcept
{
    if (is_v6())
        return v6_.sin6_addr.s6_addr;
    return {reinterpret_cast<std::uint8_t const*>(&v4_.sin_addr), sizeof v4_.sin_addr};
}

std::uint16_t socket_address::port() const noexcept
{
    return ntohs(is_v6() ? v6_.sin6_port : v4_.sin_port);
}

void socket_address::port(std::uint16_t p) noexcept
{
    (is_v6() ? v6_.sin6_port : v4_.sin_port) = htons(p);
}

std::string socket_address::host() const
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (is_v6())
        ::inet_ntop(AF_INET6, &v6_.sin6_addr, text, sizeof text);
    else
        ::inet_ntop(AF_INET, &v4_.sin_addr, text, sizeof text);
    std::string result{text};
    if (is_v6() && v6_.sin6_scope_id != 0)
        result += '%' + std::to_string(v6_.sin6_scope_id);
    return result;
}

std::string socket_address::to_string() const
{
    return (is_v6() ? '[' + host() + ']' : host()) + ':' + std::to_string(port());
}

std::string socket_address::to_client_string() const
{
    return host() + '#' + std::to_string(port());
}

} // namespace homing::server
