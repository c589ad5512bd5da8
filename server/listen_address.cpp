#include "server/listen_address.hpp"

#include <charconv>

namespace homing::server {

namespace {

constexpr std::uint16_t dns_port = 53;

struct host_and_port {
    std::string_view host, port;
    bool has_port = false;
};

/// "[v6]:port", "[v6]", "v4:port", "v4", ":port", and a bare "v6", which has more than one colon.
std::optional<host_and_port> split(std::string_view text)
{
    if (!text.starts_with('[')) {
        auto const colon = text.rfind(':');
        if (colon == text.npos || text.find(':') != colon)
            return host_and_port{text, {}};
        return host_and_port{text.substr(0, colon), text.substr(colon + 1), true};
    }
    auto const close = text.find(']');
    if (close == text.npos)
        return {};
    auto const rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':')
        return {};
    auto const host = text.substr(1, close - 1);
    if (host.find(':') == host.npos) // brackets are for IPv6
        return {};
    return host_and_port{host, rest.empty() ? rest : rest.substr(1), !rest.empty()};
}

std::optional<std::uint16_t> port_from_text(std::string_view text)
{
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size())
        return {};
    return port;
}

listen_address any_family(std::uint16_t port)
{
    return {{*socket_address::from_text("0.0.0.0", port), *socket_address::from_text("::", port)}, true};
}

dns::failure malformed(char const* what)
{
    return {std::string{what} + " (use a numeric ADDRESS:PORT such as 127.0.0.1:5300, [::1]:53, 0.0.0.0:53 or *:53)"};
}

} // namespace

dns::result<listen_address> listen_address::parse(std::string_view text, std::uint16_t default_port)
{
    auto const parts = split(text);
    if (!parts || (parts->host.empty() && !parts->has_port))
        return malformed("this is no address and port");
    auto const port = parts->has_port ? port_from_text(parts->port) : default_port;
    if (!port)
        return malformed("the port is not a number from 0 to 65535");
    if (parts->host.empty() || parts->host == "*")
        return any_family(*port);
    auto const address = socket_address::from_text(parts->host, *port);
    if (!address)
        return malformed("the address is not a numeric IPv4 or IPv6 address");
    return listen_address{{*address}, false};
}

listen_address listen_address::everywhere()
{
    return any_family(dns_port);
}

} // namespace homing::server
