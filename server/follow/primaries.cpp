#include "server/follow/primaries.hpp"

#include "server/listen_address.hpp"

#include <algorithm>

namespace homing::server {

dns::result<socket_address> read_primary(std::string_view text)
{
    bool const is_bare_v6 = std::count(text.begin(), text.end(), ':') > 1 && !text.starts_with('[');
    auto const parsed = listen_address::parse(is_bare_v6 ? "[" + std::string{text} + "]:53" : std::string{text});
    if (!parsed)
        return parsed.error();
    if (parsed->addresses.size() != 1 || parsed->addresses.front().is_wildcard() || parsed->addresses.front().port() == 0)
        return dns::failure{"the address of one server, as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53"};
    return parsed->addresses.front();
}

std::string primaries_text(std::vector<socket_address> const& primaries)
{
    std::string text;
    for (auto const& p : primaries)
        text += (text.empty() ? "" : " ") + p.to_string();
    return text;
}

std::vector<socket_address> read_primaries(std::string_view stored)
{
    std::vector<socket_address> primaries;
    while (!stored.empty()) {
        auto const end = std::min(stored.find(' '), stored.size());
        if (auto const one = read_primary(stored.substr(0, end)))
            primaries.push_back(*one);
        stored.remove_prefix(std::min(end + 1, stored.size()));
    }
    return primaries;
}

bool has_address(std::string_view stored, std::string_view host)
{
    auto const all = read_primaries(stored);
    return std::any_of(all.begin(), all.end(), [&](auto const& p) { return p.host() == host; });
}

} // namespace homing::server
