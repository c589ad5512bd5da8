#include "server/http_endpoint.hpp"

#include "server/access_token.hpp"
#include "server/commands/key_text.hpp"
#include "server/random_number.hpp"
#include "update/host_password.hpp"

#include "dns/presentation.hpp"

#include <fmt/format.h>


#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>

namespace homing::server {

namespace {

constexpr std::array<std::string_view, 3> update_paths{"/nic/update", "/v2/update", "/v3/update"};
constexpr std::size_t max_credential = 512;

http_answer to_answer(update::dyndns2_reply&& reply)
{
    http_answer a{reply.http_status, std::move(reply.body)};
    if (a.status == 401)
        a.headers = "WWW-Authenticate: Basic realm=\"homing\"\r\n";
    if (a.status == 405)
        a.headers = "Allow: GET, POST\r\n";
    return a;
}

http_answer fail(unsigned status, std::string_view word)
{
    return to_answer(update::dyndns2_failure(status, word));
}

std::uint64_t now_seconds()
{
    return static_cast<std::uint64_t>(std::time(nullptr));
}

/// What a client usually has all of: an IPv4 address, or an IPv6 /64.
std::uint64_t key_of_client(std::span<std::uint8_t const> address)
{
    std::uint64_t key = address.size() == 4 ? 0x0100'0000'0000'0000U : 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(address.size(), 8); ++i)
        key ^= std::uint64_t{address[i]} << (i * 8U);
    return key;
}

std::vector<std::uint8_t> octets_of(socket_address const& a)
{
    auto const octets = a.octets();
    return {octets.begin(), octets.end()};
}

std::string text_of(std::vector<std::uint8_t> const& address)
{
    return address.empty() ? "-" : dns::to_text(address.size() == 4 ? dns::rr_type::a : dns::rr_type::aaaa, address);
}

bool is_method_without_effect(std::string_view method)
{
    return method == "GET" || method == "HEAD";
}

} // namespace

http_endpoint::http_endpoint(update::writer& w, http_options o) : writer_{w}, options_{std::move(o)}, throttle_{random_number()} {}

std::variant<http_answer, http_login> http_endpoint::take(http_call const& call) const
{
    auto const [path, query] = split_target(call.target);
    if (std::find(update_paths.begin(), update_paths.end(), path) != update_paths.end())
        return take_update(call, query);
    if (path != "/ip" && path != "/healthz")
        return http_answer{404, "there is nothing here\n"};
    if (!is_method_without_effect(call.method))
        return http_answer{405, "only GET and HEAD\n", "text/plain", "Allow: GET, HEAD\r\n"};
    if (path == "/healthz")
        return http_answer{200, "ok\n"};
    auto const client = client_of(call);
    return client ? http_answer{200, text_of(*client) + "\n"} : http_answer{400, "the proxy does not say who asks\n"};
}

std::optional<std::vector<std::uint8_t>> http_endpoint::client_of(http_call const& call) const
{
    auto peer = octets_of(*call.peer);
    return contains(options_.proxies, peer) ? last_client(call.forwarded, options_.proxies) : std::optional{std::move(peer)};
}

/// Over TLS; from this machine; from a proxy, which is to speak TLS with its client; or the operator wants it so.
bool http_endpoint::takes_secrets(http_call const& call) const
{
    auto const peer = octets_of(*call.peer);
    return call.is_tls || options_.takes_plain_passwords || is_loopback(peer) || contains(options_.proxies, peer);
}

std::variant<http_answer, api_caller> http_endpoint::take_api(http_call const& call)
{
    if (!takes_secrets(call))
        return to_http(api_problem(403, "tokens are taken only over TLS, or from a proxy that is configured."));
    auto const given = read_bearer(call.authorization);
    auto token = given ? find_token(*writer_.access(), *given, static_cast<std::int64_t>(now_seconds())) : std::nullopt;
    auto const client = client_of(call);
    bool const is_proxied = contains(options_.proxies, octets_of(*call.peer));
    std::string const from = is_proxied ? text_of(client.value_or(std::vector<std::uint8_t>{})) : call.peer->to_client_string();
    if (token)
        return api_caller{fmt::format("token:{} {}", token->name, from), std::move(token)};
    if (given && log_.wants(dns::rcode::refused, now_seconds()))
        log_.write({"-", from, "http", "-", "api"}, dns::rcode::refused, "no such token, or it has expired");
    auto refused = to_http(api_problem(401, "a valid token is needed: Authorization: Bearer TOKEN. 'homing token add' makes one."));
    refused.headers = fmt::format("WWW-Authenticate: Bearer realm=\"homing\"{}\r\n", given ? ", error=\"invalid_token\"" : "");
    return refused;
}

std::variant<http_answer, http_login> http_endpoint::take_update(http_call const& call, std::string_view query) const
{
    if (call.method != "GET" && call.method != "POST")
        return fail(405, "badagent");
    auto const peer = octets_of(*call.peer);
    if (!takes_secrets(call))
        return fail(403, "badauth: passwords are taken only over TLS, or from a proxy that is configured");
    http_login login;
    login.parameters.add(query);
    if (call.method == "POST")
        login.parameters.add(call.body);
    if (auto given = read_basic(call.authorization)) {
        std::tie(login.user, login.password) = std::move(*given);
    } else if (options_.takes_query_passwords) {
        login.user = login.parameters.find("username");
        login.password = login.parameters.find("password");
    }
    if (login.user.empty() || login.user.size() > max_credential || login.password.size() > max_credential)
        return fail(401, "badauth");
    login.client = client_of(call).value_or(std::vector<std::uint8_t>{});
    auto const& sender = login.client.empty() ? peer : login.client;
    login.client_text = contains(options_.proxies, peer) ? text_of(login.client) : call.peer->to_client_string();
    login.peer = *call.peer;
    login.client_key = key_of_client(sender);
    login.user_key = std::hash<std::string>{}(login.user);
    return login;
}

std::optional<login_throttle::clock::duration> http_endpoint::delay(http_login const& login)
{
    auto const wait = throttle_.begin(login.client_key, login.user_key, login_throttle::clock::now());
    if (wait >= wait.zero())
        return wait;
    log_refusal(login, "login", "too many wrong passwords came from there", dns::rcode::refused);
    return std::nullopt;
}

std::variant<http_answer, update::host_update> http_endpoint::check(http_login const& login)
{
    auto const name = dns::name_from_text(login.user);
    auto const ring = writer_.keys();
    auto const host = name ? writer_.hosts().find(*name) : nullptr;
    auto const* const key = host != nullptr ? ring->find(host->name) : nullptr;
    bool const is_right = update::is_host_password(key, login.password, now_seconds());
    throttle_.checked(login.client_key, login.user_key, is_right, login_throttle::clock::now());
    if (!is_right) {
        log_refusal(login, "login", "wrong password, or no such host", dns::rcode::refused);
        return fail(401, "badauth");
    }
    uses_->note(host->name, login.peer, "login by http", now_seconds());
    // Only now, so that nobody else learns from where one may come and go.
    auto read = update::read_dyndns2(login.parameters, login.client, host->name);
    if (auto* const reply = std::get_if<update::dyndns2_reply>(&read))
        return to_answer(std::move(*reply));
    return std::get<update::host_update>(std::move(read));
}

http_answer http_endpoint::finish(http_login const& login, update::host_update const& u, update::outcome const& how)
{
    auto reply = update::to_dyndns2(u, how);
    if (reply.http_status != 200)
        log_refusal(login, "update",
                    how.reason.empty() ? std::string_view{reply.body}.substr(0, reply.body.find('\n'))
                                       : std::string_view{how.reason},
                    how.ok() ? dns::rcode::refused : how.rcode);
    return to_answer(std::move(reply));
}

void http_endpoint::log_refusal(http_login const& login, std::string_view what, std::string_view reason, dns::rcode code)
{
    if (!log_.wants(code, now_seconds()))
        return;
    auto const user = dns::name_from_text(login.user); // as text that cannot break the line
    std::string const who = user ? user->to_string() : "-";
    log_.write({who, login.client_text, "http", who, what}, code, reason);
}

std::optional<std::pair<std::string, std::string>> read_basic(std::string_view authorization)
{
    constexpr std::string_view scheme = "basic ";
    bool const is_basic = authorization.size() > scheme.size() &&
                          std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                                     [](char a, char b) { return a == static_cast<char>(b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (!is_basic)
        return {};
    authorization.remove_prefix(scheme.size());
    while (authorization.starts_with(' '))
        authorization.remove_prefix(1);
    auto const octets = from_base64(authorization);
    if (!octets)
        return {};
    std::string const text{octets->begin(), octets->end()};
    auto const colon = text.find(':');
    if (colon == text.npos)
        return {};
    return std::pair{text.substr(0, colon), text.substr(colon + 1)};
}

namespace {

/// "192.0.2.1:567" and "[2001:db8::1]:567" are what some proxies say.
std::string_view without_port(std::string_view text)
{
    if (auto const end = text.find(']'); text.starts_with('[') && end != text.npos)
        return text.substr(1, end - 1);
    auto const colon = text.find(':');
    bool const has_port = colon != text.npos && text.find(':', colon + 1) == text.npos;
    return has_port ? text.substr(0, colon) : text;
}

} // namespace

std::optional<std::vector<std::uint8_t>> last_client(std::string_view list, std::span<address_range const> proxies)
{
    while (!list.empty()) {
        auto const comma = list.rfind(',');
        auto part = comma == list.npos ? list : list.substr(comma + 1);
        list = comma == list.npos ? std::string_view{} : list.substr(0, comma);
        part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
        part = part.substr(0, part.find_last_not_of(" \t") + 1);
        auto address = update::address_from_text(without_port(part));
        if (!address || !contains(proxies, *address))
            return address;
    }
    return {};
}

} // namespace homing::server
