#include "server/commands/resolver.hpp"

#include "server/listen_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace homing::server {

namespace {

constexpr std::chrono::seconds patience{3};
constexpr std::size_t most_servers = 3;

/// A zone without a resolver is no reason to go on asking.
dns::failure no_resolver(std::string const& why)
{
    return {fmt::format("no resolver answers ({})", why)};
}

} // namespace

dns::result<resolver> resolver::from_file(std::string const& path)
{
    std::vector<socket_address> servers;
    std::ifstream lines{path};
    for (std::string line; std::getline(lines, line) && servers.size() < most_servers;) {
        std::istringstream words{line};
        std::string word, address;
        if (words >> word >> address && word == "nameserver")
            if (auto const server = socket_address::from_text(address, 53))
                servers.push_back(*server);
    }
    if (servers.empty())
        return dns::failure{fmt::format("{} names no resolver", path)};
    return resolver{std::move(servers)};
}

dns::result<resolver> resolver::from_text(std::string_view server)
{
    auto const address = listen_address::parse(server, 53);
    if (!address)
        return address.error();
    return resolver{{address->addresses.front()}};
}

dns::result<dns_reply> resolver::ask_one(question const& q) const
{
    std::string why;
    for (auto const& server : servers_) {
        auto reply = ask(server, q, patience);
        if (reply && (reply->rcode() == dns::rcode::noerror || reply->rcode() == dns::rcode::nxdomain))
            return reply;
        why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", server.to_string(),
                           reply ? std::string{dns::mnemonic(reply->rcode())} : reply.error().message);
    }
    return no_resolver(why);
}

dns::result<std::vector<std::vector<std::uint8_t>>> resolver::addresses_of(dns::name_view host) const
{
    std::vector<std::vector<std::uint8_t>> addresses;
    for (auto const type : {dns::rr_type::a, dns::rr_type::aaaa}) {
        auto const reply = ask_one({dns::name{host}, type, true});
        if (!reply)
            return reply.error();
        for (auto const& r : reply->answer)
            if (r.type == type)
                addresses.push_back(r.rdata);
    }
    return addresses;
}

dns::result<resolver::parent_zone> resolver::parent_of(dns::name_view name) const
{
    while (!name.is_root()) {
        name = name.parent();
        auto const reply = ask_one({dns::name{name}, dns::rr_type::ns, true});
        if (!reply)
            return reply.error();
        parent_zone parent{dns::name{name}, {}};
        for (auto const& r : reply->answer)
            if (r.type == dns::rr_type::ns && r.owner == name)
                if (auto const server = dns::name_view::parse(r.rdata))
                    parent.servers.emplace_back(*server);
        if (!parent.servers.empty())
            return parent;
    }
    return dns::failure{"the resolver does not know the servers of the root"};
}

} // namespace homing::server
