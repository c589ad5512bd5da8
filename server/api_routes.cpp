#include "server/api_routes.hpp"

namespace homing::server {

namespace {

using right = api_route::right;
using order = api_route::order;
using kind = api_field::kind;

std::vector<api_route> make_routes()
{
    api_field const zone{"zone", "ZONE"}, origin{"zone", "ORIGIN"}, host{"host", "NAME"}, key{"key", "KEY"}, name{"name", "NAME"};
    api_field const token{"token", "NAME"}, change{"change", "CHANGE"}, type{"type", "TYPE"};
    api_field const new_name{"name", "NAME", kind::text, true}, new_zone{"name", "ORIGIN", kind::text, true};
    std::vector<api_field> const host_settings{
        {"ttl", "--ttl", kind::amount}, {"ipv6_suffix", "--ipv6-suffix"}, {"expire", "--expire", kind::amount}};
    std::vector<api_field> const grant_words{
        {"preset", "--preset"}, {"types", "--types", kind::texts}, {"may", "--may", kind::texts}, {"apex", "--apex", kind::flag}};
    auto const with = [](std::vector<api_field> some, std::vector<api_field> const& more) {
        some.insert(some.end(), more.begin(), more.end());
        return some;
    };
    return {
        {"GET", "/status", "status", {"--json"}},

        {.method = "GET", .path = "/zones", .command = "zone list", .words = {"--json"}, .subject = "*", .listed = order::by_name},
        {.method = "POST",
         .path = "/zones",
         .command = "zone add",
         .needs = right::change,
         .subject = "name",
         .in_body = {new_zone, {"name_servers", "--ns", kind::texts}, {"contact", "--contact"}},
         .status = 201,
         .shows = "zone list",
         .shows_parameter = "ORIGIN",
         .shows_field = "name"},
        {.method = "GET",
         .path = "/zones/{zone}",
         .command = "zone list",
         .words = {"--json"},
         .subject = "zone",
         .in_path = {origin}},
        {.method = "DELETE",
         .path = "/zones/{zone}",
         .command = "zone remove",
         .needs = right::change,
         .subject = "zone",
         .in_path = {origin},
         .status = 204},

        {.method = "GET",
         .path = "/zones/{zone}/records",
         .command = "record list",
         .words = {"--json"},
         .subject = "zone",
         .in_path = {zone},
         .in_query = {name, type},
         .listed = order::by_name},
        {.method = "PUT",
         .path = "/zones/{zone}/records/{name}/{type}",
         .command = "record set",
         .words = {"--json"},
         .needs = right::change,
         .subject = "name",
         .in_path = {{"zone", "--in"}, name, type},
         .in_body = {{"ttl", "TTL", kind::amount, true}, {"rdata", "RDATA", kind::texts, true}}},
        {.method = "DELETE",
         .path = "/zones/{zone}/records/{name}/{type}",
         .command = "record delete",
         .words = {"--json"},
         .needs = right::change,
         .subject = "name",
         .in_path = {{"zone", "--in"}, name, type}},

        {.method = "GET", .path = "/hosts", .command = "host list", .words = {"--json"}, .subject = "*", .listed = order::by_name},
        {.method = "POST",
         .path = "/hosts",
         .command = "host add",
         .needs = right::change,
         .subject = "name",
         .in_body = with({new_name}, host_settings),
         .status = 201,
         .shows = "host show",
         .shows_parameter = "NAME",
         .shows_field = "name"},
        {.method = "GET", .path = "/hosts/{host}", .command = "host list", .words = {"--json"}, .subject = "host", .in_path = {host}},
        {.method = "PATCH",
         .path = "/hosts/{host}",
         .command = "host set",
         .needs = right::change,
         .subject = "host",
         .in_path = {host},
         .in_body = host_settings,
         .shows = "host list",
         .shows_parameter = "NAME",
         .shows_field = "host"},
        {.method = "DELETE",
         .path = "/hosts/{host}",
         .command = "host remove",
         .needs = right::change,
         .subject = "host",
         .in_path = {host},
         .in_query = {{"keep_addresses", "--keep-addresses", kind::flag}},
         .status = 204},
        {.method = "GET",
         .path = "/hosts/{host}/credentials",
         .command = "host show",
         .words = {"--json"},
         .needs = right::secret,
         .subject = "host",
         .in_path = {host}},
        {.method = "POST",
         .path = "/hosts/{host}/rotate",
         .command = "host rotate",
         .needs = right::change,
         .subject = "host",
         .in_path = {host},
         .in_body = {{"overlap", "--overlap", kind::amount}},
         .shows = "host show",
         .shows_parameter = "NAME",
         .shows_field = "host"},

        {.method = "GET", .path = "/keys", .command = "key list", .words = {"--json"}, .listed = order::by_name},
        {.method = "POST",
         .path = "/keys",
         .command = "key add",
         .needs = right::change,
         .in_body = with({new_name, {"algorithm", "--algorithm"}, {"secret", "--secret"}, {"grants", "--grant", kind::texts}},
                         grant_words),
         .status = 201,
         .shows = "key show",
         .shows_parameter = "KEY",
         .shows_field = "name"},
        {.method = "GET", .path = "/keys/{key}", .command = "key list", .words = {"--json"}, .in_path = {key}},
        {.method = "DELETE",
         .path = "/keys/{key}",
         .command = "key remove",
         .needs = right::change,
         .in_path = {key},
         .status = 204},
        {.method = "GET",
         .path = "/keys/{key}/secret",
         .command = "key show",
         .words = {"--json"},
         .needs = right::secret,
         .in_path = {key}},
        {.method = "POST",
         .path = "/keys/{key}/rotate",
         .command = "key rotate",
         .needs = right::change,
         .in_path = {key},
         .in_body = {{"overlap", "--overlap", kind::amount}, {"algorithm", "--algorithm"}, {"secret", "--secret"}},
         .shows = "key show",
         .shows_parameter = "KEY",
         .shows_field = "key"},
        {.method = "POST",
         .path = "/keys/{key}/enable",
         .command = "key enable",
         .needs = right::change,
         .in_path = {key},
         .shows = "key list",
         .shows_parameter = "KEY",
         .shows_field = "key"},
        {.method = "POST",
         .path = "/keys/{key}/disable",
         .command = "key disable",
         .needs = right::change,
         .in_path = {key},
         .shows = "key list",
         .shows_parameter = "KEY",
         .shows_field = "key"},
        {.method = "POST",
         .path = "/keys/{key}/expire",
         .command = "key expire",
         .needs = right::change,
         .in_path = {key},
         .in_body = {{"time", "TIME", kind::text, true}},
         .shows = "key list",
         .shows_parameter = "KEY",
         .shows_field = "key"},
        {.method = "POST",
         .path = "/keys/{key}/grants",
         .command = "key grant",
         .needs = right::change,
         .in_path = {key},
         .in_body = with({{"where", "WHERE", kind::text, true}, {"exact", "--exact", kind::flag}}, grant_words),
         .status = 201,
         .shows = "key list",
         .shows_parameter = "KEY",
         .shows_field = "key"},
        {.method = "DELETE",
         .path = "/keys/{key}/grants/{grant}",
         .command = "key revoke",
         .needs = right::change,
         .in_path = {key, {"grant", "GRANT"}},
         .status = 204},

        {.method = "GET",
         .path = "/explain",
         .command = "explain",
         .words = {"--json"},
         .subject = "name",
         .in_query = {{"key", "KEY", kind::text, true}, new_name, {"type", "TYPE", kind::text, true}}},
        {.method = "GET",
         .path = "/who",
         .command = "who",
         .words = {"--json"},
         .subject = "name",
         .in_query = {new_name, type},
         .listed = order::by_name},

        {.method = "GET",
         .path = "/history",
         .command = "history",
         .words = {"--json"},
         .subject = "name",
         .in_query = {name, {"below", "--below", kind::flag}, {"key", "--key"}, {"since", "--since"}},
         .listed = order::by_change},
        {.method = "GET",
         .path = "/history/{change}",
         .command = "history",
         .words = {"--json"},
         .subject = "change",
         .in_path = {{"change", "--change"}}},
        {.method = "POST",
         .path = "/history/{change}/undo",
         .command = "undo",
         .words = {"--json"},
         .needs = right::change,
         .subject = "change",
         .in_path = {change},
         .in_body = {{"dry_run", "--dry-run", kind::flag}, {"partial", "--partial", kind::flag}}},

        {.method = "GET", .path = "/tokens", .command = "token list", .words = {"--json"}, .listed = order::words},
        {.method = "POST",
         .path = "/tokens",
         .command = "token add",
         .words = {"--json"},
         .needs = right::change,
         .in_body = {new_name,
                     {"read_only", "--read-only", kind::flag},
                     {"below", "--below", kind::texts},
                     {"expire", "--expire", kind::text}},
         .status = 201},
        {.method = "GET", .path = "/tokens/{token}", .command = "token list", .words = {"--json"}, .in_path = {token}},
        {.method = "DELETE",
         .path = "/tokens/{token}",
         .command = "token remove",
         .needs = right::change,
         .in_path = {token},
         .status = 204},
    };
}

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char const lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool unescape(std::string_view text, std::string& out)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        int const high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        int const low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0 || (high == 0 && low == 0))
            return false;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return true;
}

} // namespace

std::span<api_route const> api_routes()
{
    static std::vector<api_route> const routes = make_routes();
    return routes;
}

std::vector<std::string> path_parts(std::string_view path)
{
    std::vector<std::string> parts;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        auto const end = std::min(path.find('/'), path.size());
        std::string part;
        if (end == 0 || !unescape(path.substr(0, end), part))
            return {};
        parts.push_back(std::move(part));
        path.remove_prefix(end);
    }
    return path.empty() ? parts : std::vector<std::string>{};
}

bool match_path(std::string_view pattern, std::vector<std::string> const& parts, std::vector<std::string>& words)
{
    words.clear();
    for (auto const& part : parts) {
        if (!pattern.starts_with('/'))
            return false;
        pattern.remove_prefix(1);
        auto const end = std::min(pattern.find('/'), pattern.size());
        auto const wanted = pattern.substr(0, end);
        if (wanted.starts_with('{'))
            words.push_back(part);
        else if (wanted != part)
            return false;
        pattern.remove_prefix(end);
    }
    return pattern.empty();
}

} // namespace homing::server
