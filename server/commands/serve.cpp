// serve: the server, with the control socket beside it.
#include "server/server.hpp"

#include "server/commands/commands.hpp"
#include "server/commands/first_run.hpp"
#include "server/commands/speech.hpp"
#include "server/control_server.hpp"
#include "server/follow/zone_follower.hpp"
#include "server/lease_watch.hpp"

#include <charconv>

namespace homing::server {

namespace {

constexpr unsigned max_workers = 1024;

std::optional<unsigned> read_workers(console& io, arguments const& given)
{
    std::string const& text = given.one("--workers");
    unsigned workers = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), workers);
    if (text.empty() || (error == std::errc{} && end == text.data() + text.size() && workers >= 1 && workers <= max_workers))
        return workers;
    reject(io, "{} {}: a number from 1 to {}", given.source("--workers"), text, max_workers);
    return std::nullopt;
}

std::optional<std::vector<listen_address>> read_listen(console& io, arguments const& given, std::string_view option,
                                                       std::uint16_t default_port)
{
    std::vector<listen_address> addresses;
    for (auto const& text : given.all(option)) {
        auto one = listen_address::parse(text, default_port);
        if (!one) {
            reject(io, "{} {}: {}", given.source(option), text, one.error().message);
            return std::nullopt;
        }
        addresses.push_back(std::move(*one));
    }
    return addresses;
}

bool read_ranges(console& io, arguments const& given, std::string_view option, std::vector<address_range>& ranges)
{
    for (auto const& text : given.all(option)) {
        auto range = address_range::parse(text);
        if (!range) {
            reject(io, "{} {}: {}", given.source(option), text, range.error().message);
            return false;
        }
        ranges.push_back(std::move(*range));
    }
    return true;
}

bool is_header_name(std::string_view text)
{
    return !text.empty() &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

std::optional<http_options> read_http(console& io, arguments const& given)
{
    http_options http;
    auto listen = read_listen(io, given, "--http", 80);
    if (!listen)
        return std::nullopt;
    http.listen = std::move(*listen);
    auto listen_tls = read_listen(io, given, "--https", 443);
    if (!listen_tls)
        return std::nullopt;
    http.listen_tls = std::move(*listen_tls);
    http.certificate_file = given.one("--tls-cert");
    http.key_file = given.one("--tls-key");
    if (http.certificate_file.empty() != http.key_file.empty()) {
        reject(io, "--tls-cert and --tls-key belong together: a certificate with those that lead to its issuer, and its key");
        return std::nullopt;
    }
    if (!http.certificate_file.empty() && http.listen_tls.empty()) {
        reject(io, "--tls-cert is for --https ADDR:PORT, which is missing");
        return std::nullopt;
    }
    if (!read_ranges(io, given, "--http-proxy", http.proxies))
        return std::nullopt;
    if (given.has("--http-proxy-header"))
        http.proxy_header = given.one("--http-proxy-header");
    if (!is_header_name(http.proxy_header) || http.proxy_header == "Forwarded") {
        reject(io, "{} {}: the name of a header that holds addresses alone, as X-Forwarded-For or X-Real-IP",
               given.source("--http-proxy-header"), http.proxy_header);
        return std::nullopt;
    }
    http.takes_plain_passwords = given.has("--http-plain");
    http.takes_query_passwords = given.has("--http-query-password");
    http.url = given.one("--url");
    if (!http.url.empty() && !http.url.starts_with("http://") && !http.url.starts_with("https://")) {
        reject(io, "{} {}: it begins with https:// or http://", given.source("--url"), http.url);
        return std::nullopt;
    }
    return http;
}

} // namespace

exit_code serve(console& io, arguments const& given, std::string const& directory)
{
    auto const workers = read_workers(io, given);
    auto listen = read_listen(io, given, "--listen", 53);
    auto http = read_http(io, given);
    auto first = read_first_zone(given);
    if (!first)
        return reject(io, "{}", first.error().message);
    server_options options;
    if (!workers || !listen || !http || !read_ranges(io, given, "--transfer-from", options.transfers.from) ||
        !read_ranges(io, given, "--transfer-unsigned-from", options.transfers.unsigned_from))
        return exit_code::misused;
    options.tells_name_servers = !given.has("--no-notify-ns");
    options.data_directory = directory;
    options.listen = std::move(*listen);
    options.workers = *workers;
    options.http = std::move(*http);
    auto opened = server::open(std::move(options));
    if (!opened)
        return fail(io, "{}", opened.error().message);
    auto beginning = std::make_unique<first_run>(io, std::move(*first));
    beginning->prepare(**opened);
    (*opened)->add(std::move(beginning));
    (*opened)->add(std::make_unique<control_server>());
    (*opened)->add(std::make_unique<lease_watch>());
    (*opened)->add(std::make_unique<zone_follower>());
    return static_cast<exit_code>((*opened)->run());
}

} // namespace homing::server
