// Finds the server of a host and its zone, step by step: where the server was not given, the zone's SOA by a resolver names it; a name's addresses are
// asked of a resolver; the zone is told by the server's SOA. Without a socket; one thread.
#pragma once

#include "agent/exchange.hpp"
#include "agent/settings.hpp"

namespace homing::agent {

class server_search {
public:
    explicit server_search(settings const& s) : settings_{&s} { forget(); }

    bool is_done() const noexcept { return !servers_.empty() && zone_.has_value(); }
    std::vector<endpoint> const& servers() const noexcept { return servers_; }
    std::optional<dns::name> const& zone() const noexcept { return zone_; }

    struct question {
        dns::name name;
        dns::rr_type type;
        bool by_resolver;
        std::vector<endpoint> where; ///< empty: nobody can be asked
    };
    /// Precondition: not done.
    question next() const;
    /// The answer to that question. False if it does not lead on; `why` then.
    bool take(question const&, reply const&, std::span<std::uint8_t const> message, std::string& why);

    /// Looks for everything anew, but for what was given.
    void forget();

private:
    settings const* settings_;
    std::vector<endpoint> servers_;
    std::optional<dns::name> name_;   // of the server
    std::vector<endpoint> addresses_; // found so far
    bool has_ipv4_ = false;
    std::optional<dns::name> zone_;
};

} // namespace homing::agent
