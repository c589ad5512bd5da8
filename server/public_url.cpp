#include "server/public_url.hpp"

#include "update/dyndns2.hpp"

#include <fmt/format.h>

namespace homing::server {

namespace {

std::string with_port(std::string_view scheme, std::string_view host, std::uint16_t port)
{
    bool const is_usual = port == (scheme == "https" ? 443 : 80);
    return is_usual ? fmt::format("{}://{}", scheme, host) : fmt::format("{}://{}:{}", scheme, host, port);
}

bool is_of_this_machine(socket_address const& a)
{
    auto const octets = update::address_from_text(a.host());
    return octets && is_loopback(*octets);
}

std::string url_of(http_listener_address const& at)
{
    // One that only this machine reaches has no name in a zone; our own certificate is for localhost, too.
    if (is_of_this_machine(at.address))
        return at.is_tls ? with_port("https", "localhost", at.address.port()) : "http://" + at.address.to_string();
    return with_port(at.is_tls ? "https" : "http", "{}", at.address.port());
}

} // namespace

std::string public_url(http_options const& options, std::span<http_listener_address const> addresses)
{
    if (!options.url.empty() || addresses.empty())
        return options.url;
    // The best of what there is: TLS that others reach; a proxy, which is there for TLS; else the first.
    for (auto const& at : addresses)
        if (at.is_tls && !is_of_this_machine(at.address))
            return url_of(at);
    if (!options.proxies.empty())
        return "https://{}";
    for (auto const& at : addresses)
        if (at.is_tls)
            return url_of(at);
    return url_of(addresses.front());
}

bool has_endpoint(storage::access_records const& memory)
{
    auto const at = memory.settings.find(url_setting);
    return at != memory.settings.end() && !at->second.empty();
}

std::string remembered_url(storage::access_records const& memory, std::string const& server_name)
{
    std::string url = has_endpoint(memory) ? memory.settings.at(url_setting) : "https://{}";
    if (auto const place = url.find("{}"); place != url.npos)
        url.replace(place, 2, server_name);
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

} // namespace homing::server
