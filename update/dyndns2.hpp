// The dyndns2 protocol without its transport: parameters become a request to the writer, and its outcome status lines.
//
// What routers and update clients send differs in the names of parameters, and some do not escape them; what is not understood in an address or
// a name is answered with the protocol's words. Bodies of failures have none of the words that clients take for success, such as "good" or
// "ok". Pure; any thread.
#pragma once

#include "update/request.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace homing::update {

struct dyndns2_reply {
    unsigned http_status;
    std::string body; ///< one line for each host
};

/// What "a=1&b=2" says; of a query, or of the body of a form.
class query_parameters {
public:
    static constexpr std::size_t most = 64;

    /// Adds those of another text. What is more than `most` is left out.
    void add(std::string_view text);
    /// The first one of this name that is not empty; empty if there is none.
    std::string_view find(std::string_view name) const noexcept;
    /// In the order in which they came.
    std::vector<std::pair<std::string, std::string>> const& all() const noexcept { return all_; }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

/// The octets of an address in text: 4 or 16. IPv4 within IPv6 is IPv4. Nothing if malformed, or no address that a host can have.
std::optional<std::vector<std::uint8_t>> address_from_text(std::string_view);

/// Why nobody can be reached there from elsewhere: it is this machine itself, or means something on one link only. Empty for any other, those of private
/// networks included.
std::string_view why_unreachable(std::span<std::uint8_t const> address) noexcept;

inline constexpr std::size_t max_dyndns2_hosts = 20;

/// The request, or what to answer without one. `client`: the address that the request came from, as address_from_text gives it; empty if it is
/// not known. `key_name`: of who is known to have sent it.
std::variant<host_update, dyndns2_reply> read_dyndns2(query_parameters const&, std::vector<std::uint8_t> const& client,
                                                      dns::name_view key_name);

/// A line for each host; the HTTP status is 200 only if none failed.
dyndns2_reply to_dyndns2(host_update const&, outcome const&);

/// "badauth", "abuse", "badagent", "911", ... with their HTTP status.
dyndns2_reply dyndns2_failure(unsigned http_status, std::string_view word);

} // namespace homing::update
