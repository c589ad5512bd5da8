// What the HTTP endpoint answers: requests become answers, logins, and requests to the writer. No socket, no HTTP parser.
//
// One thread: the endpoint's.
#pragma once

#include "server/api.hpp"
#include "server/http_message.hpp"
#include "server/http_options.hpp"
#include "server/login_throttle.hpp"
#include "server/update_log.hpp"
#include "server/use_notes.hpp"
#include "update/dyndns2.hpp"
#include "update/writer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace homing::server {

/// A request as it came; all borrowed.
struct http_call {
    std::string_view method, target, authorization, body;
    std::string_view forwarded; ///< of the header that names a proxy's client; empty if there is none
    socket_address const* peer;
    bool is_tls = false;
};

/// Somebody who says who he is. What is needed of the call once its octets are gone.
struct http_login {
    std::string user, password;
    update::query_parameters parameters;
    std::vector<std::uint8_t> client; ///< the address that the update comes from; empty if a proxy does not say
    std::string client_text;          ///< for the journal and the log
    socket_address peer;
    std::uint64_t client_key, user_key;
};

class http_endpoint {
public:
    /// The writer outlives this.
    http_endpoint(update::writer&, http_options);

    /// Which keys were used.
    std::shared_ptr<use_notes> const& uses() const noexcept { return uses_; }

    /// An answer, or a login that is to wait for `delay` before `check`.
    std::variant<http_answer, http_login> take(http_call const&) const;
    /// How long the login waits; nothing if it is turned away with 403.
    std::optional<login_throttle::clock::duration> delay(http_login const&);
    /// After the wait: the request for the writer, or why there is none.
    std::variant<http_answer, update::host_update> check(http_login const&);
    /// Whose token it is that a call of the API came with; or why it is not heard.
    std::variant<http_answer, api_caller> take_api(http_call const&);
    http_answer finish(http_login const&, update::host_update const&, update::outcome const&);

    http_options const& options() const noexcept { return options_; }

private:
    bool takes_secrets(http_call const&) const;
    std::variant<http_answer, http_login> take_update(http_call const&, std::string_view query) const;
    std::optional<std::vector<std::uint8_t>> client_of(http_call const&) const;
    void log_refusal(http_login const&, std::string_view what, std::string_view reason, dns::rcode);

    update::writer& writer_;
    http_options const options_;
    login_throttle throttle_;
    std::shared_ptr<use_notes> uses_ = std::make_shared<use_notes>();
    update_log log_;
};

/// "Basic ..." taken apart at the first colon; nothing if it is no such thing.
std::optional<std::pair<std::string, std::string>> read_basic(std::string_view authorization);

/// Whose address a list of addresses ends with, those of proxies left out; nothing if there is none, or it is not an address.
std::optional<std::vector<std::uint8_t>> last_client(std::string_view list, std::span<address_range const> proxies);

} // namespace homing::server
