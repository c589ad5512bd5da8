#include "agent/server_search.hpp"

namespace homing::agent {

namespace {

constexpr std::size_t most_servers = 4;

std::string named(reply const& r)
{
    return dns::mnemonic(r.rcode);
}

} // namespace

void server_search::forget()
{
    servers_ = settings_->servers;
    name_ = settings_->server_name;
    addresses_.clear();
    has_ipv4_ = false;
    zone_.reset();
}

server_search::question server_search::next() const
{
    if (servers_.empty() && !name_)
        return {settings_->host, dns::rr_type::soa, true, settings_->resolvers()};
    if (servers_.empty())
        return {*name_, has_ipv4_ ? dns::rr_type::aaaa : dns::rr_type::a, true, settings_->resolvers()};
    return {settings_->host, dns::rr_type::soa, false, servers_};
}

bool server_search::take(question const& asked, reply const& r, std::span<std::uint8_t const> message, std::string& why)
{
    if (asked.type == dns::rr_type::soa) {
        auto const found = soa_in(message, settings_->host);
        if (!found) {
            why = "there is no zone of " + settings_->host.to_string() + (asked.by_resolver ? " in the DNS" : " at the server") +
                  " (" + named(r) + ")";
            return false;
        }
        zone_ = found->zone;
        if (servers_.empty())
            name_ = found->primary;
        return true;
    }
    for (auto const& a : addresses_in(message, asked.type, nullptr))
        if (addresses_.size() < most_servers)
            addresses_.push_back({a, settings_->server_port});
    if (!has_ipv4_) {
        has_ipv4_ = true;
        return true;
    }
    has_ipv4_ = false; // to begin anew, should it be
    servers_ = std::move(addresses_);
    addresses_.clear();
    if (servers_.empty())
        why = "the server " + name_->to_string() + " has no address (" + named(r) + ")";
    return !servers_.empty();
}

} // namespace homing::agent
