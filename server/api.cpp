#include "server/api.hpp"

#include "server/api_console.hpp"
#include "server/api_words.hpp"

#include "dns/presentation.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace homing::server {

namespace {

using json = nlohmann::ordered_json;
using right = api_route::right;
using order = api_route::order;

std::string to_text(json const& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

/// Items of a list, one a line, as commands print them; what is not JSON is left out.
std::vector<json> to_items(std::string_view text)
{
    std::vector<json> items;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        auto item = json::parse(text.substr(0, end), nullptr, false);
        if (item.is_object())
            items.push_back(std::move(item));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return items;
}

std::string name_of(json const& item)
{
    for (char const* const member : {"name", "key"})
        if (auto const at = item.find(member); at != item.end() && at->is_string())
            return at->get<std::string>();
    return {};
}

bool covers(storage::token_record const& token, std::string_view text)
{
    auto const name = dns::name_from_text(text);
    return token.below.empty() || (name && std::any_of(token.below.begin(), token.below.end(), [&](dns::name const& n) {
                                       return name->view().is_subdomain_of(n);
                                   }));
}

/// Leaves in an item what the token concerns; false if that is nothing.
bool narrow(json& item, storage::token_record const& token)
{
    if (token.below.empty())
        return true;
    if (!item.contains("change"))
        return covers(token, name_of(item));
    bool concerns = covers(token, item.value("zone", ""));
    for (char const* const side : {"removed", "added"}) {
        auto& records = item[side];
        json kept = json::array();
        for (auto& r : records)
            if (covers(token, r.value("name", "")))
                kept.push_back(r);
        concerns = concerns || !kept.empty();
        records = std::move(kept);
    }
    return concerns;
}

api_answer of_fault(api_console const& io, exit_code code)
{
    std::string const why = io.complaint().empty() ? "the command failed" : io.complaint();
    if (io.is_too_long())
        return api_problem(507, "the answer would be too long; ask for a smaller page with 'limit'.");
    if (io.is_too_slow())
        return api_problem(503, "that took too long; ask for less.");
    if (code == exit_code::misused)
        return api_problem(400, why);
    switch (io.why()) {
    case fault::not_found: return api_problem(404, why);
    case fault::unavailable: return api_problem(503, why);
    default: break;
    }
    return api_problem(409, why);
}

} // namespace

struct api::job {
    api_route const* route;
    api_caller const& caller;
    api_words words;
};

api_answer api_problem(unsigned status, std::string_view detail)
{
    auto const reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    json const problem{{"type", "about:blank"},
                       {"title", std::string{reason.data(), reason.size()}},
                       {"status", status},
                       {"detail", std::string{detail}}};
    return {status, to_text(problem), true};
}

http_answer to_http(api_answer&& a)
{
    http_answer out{a.status, std::move(a.body), a.is_problem ? "application/problem+json" : "application/json"};
    if (!a.allow.empty())
        out.headers = "Allow: " + a.allow + "\r\n";
    return out;
}

bool is_api_path(std::string_view path) noexcept
{
    return path == "/api" || path.starts_with("/api/");
}

api_answer api::answer(api_call const& call, api_caller const& caller) const
{
    auto const parts = call.path.starts_with(api_prefix) ? path_parts(std::string_view{call.path}.substr(api_prefix.size()))
                                                         : std::vector<std::string>{};
    std::string allow;
    for (auto const& route : api_routes()) {
        std::vector<std::string> path_words;
        if (!match_path(route.path, parts, path_words))
            continue;
        if (route.method != (call.method == "HEAD" ? "GET" : call.method)) {
            allow += (allow.empty() ? "" : ", ") + std::string{route.method};
            continue;
        }
        job j{&route, caller, {}};
        bool const is_json = call.content_type.starts_with("application/json");
        if (!call.body.empty() && !is_json)
            return api_problem(415, "the body must be of the type application/json.");
        for (auto const& read : {read_path(route, path_words, j.words), read_query(route, call.query, j.words),
                                 read_body(route, call.body, j.words)})
            if (!read)
                return api_problem(400, read.error().message);
        try {
            return carry_out(j);
        } catch (std::exception const& e) {
            return api_problem(500, fmt::format("the command failed in the server: {}", e.what()));
        }
    }
    if (allow.empty())
        return api_problem(404, "there is nothing here.");
    auto refused = api_problem(405, fmt::format("only {} here.", allow));
    refused.allow = allow;
    return refused;
}

/// What the token does not allow.
std::optional<api_answer> api::check_right(job& j) const
{
    auto const& token = j.caller.token;
    auto const& route = *j.route;
    if (!token)
        return {};
    if (token->is_read_only && route.needs != right::read)
        return api_problem(403, fmt::format("the token {} only reads, and no secrets.", token->name));
    if (token->below.empty() || route.subject == "*")
        return {};
    if (route.subject == "change")
        return check_change(j);
    auto const subject = j.words.given.find(route.subject);
    if (!route.subject.empty() && subject != j.words.given.end() && covers(*token, subject->second))
        return {};
    return api_problem(403, fmt::format("the token {} is for some names only, and this concerns others.", token->name));
}

/// A change that touched other names, too, is not for a token that concerns some.
std::optional<api_answer> api::check_change(job& j) const
{
    api_console io{is_over_};
    arguments words;
    words.add("--change", j.words.given.at("change"));
    words.add("--json", "on");
    if (auto const code = run("history", words, io, j.caller); code != exit_code::done)
        return of_fault(io, code);
    for (auto& item : to_items(io.text())) {
        auto const before = item;
        if (!narrow(item, *j.caller.token) || item != before)
            return api_problem(403, fmt::format("the token {} is for some names only, and that change touched others.",
                                                j.caller.token->name));
    }
    return {};
}

exit_code api::run(std::string_view name, arguments const& words, api_console& io, api_caller const& caller) const
{
    command const& what = *find_command(name);
    if (std::string const wrong = misuse(what, words); !wrong.empty()) {
        io.err(wrong);
        return exit_code::misused;
    }
    open_store store{writer_, versions_, caller.name, server_, "api"};
    if (auto const* const function = std::get_if<store_command>(&what.run))
        return (*function)(io, words, store);
    if (server_ != nullptr)
        return std::get<server_command>(what.run)(io, words, *server_);
    io.note(fault::not_found);
    return exit_code::failed;
}

api_answer api::carry_out(job& j) const
{
    auto const& route = *j.route;
    if (auto refused = check_right(j))
        return std::move(*refused);
    for (auto const word : route.words)
        j.words.words.add(word, "on");
    bool const pages_itself = route.listed == order::by_name || route.listed == order::by_change;
    if (pages_itself) {
        j.words.words.add("--limit", std::to_string(j.words.limit));
        if (!j.words.after.empty())
            j.words.words.add(route.listed == order::by_name ? "--after" : "--before", j.words.after);
    }
    api_console io{is_over_};
    exit_code const code = run(route.command, j.words.words, io, j.caller);
    bool const says_no = code == exit_code::failed && io.complaint().empty() && !io.text().empty(); // explain
    if ((code != exit_code::done && !says_no) || io.is_too_long() || io.is_too_slow())
        return of_fault(io, code);
    if (route.status == 204)
        return {204};
    if (!route.shows.empty())
        return show(j);
    if (route.listed == order::none) {
        auto const object = json::parse(io.text(), nullptr, false);
        return object.is_object() ? api_answer{route.status, to_text(object)} : api_problem(404, "there is nothing here.");
    }
    auto items = to_items(io.text());

    std::size_t const printed = items.size();
    json last = items.empty() ? json{} : route.listed == order::by_change ? items.back()["change"] : json(name_of(items.back()));
    if (j.caller.token)
        std::erase_if(items, [&](json& i) { return !narrow(i, *j.caller.token); });
    bool has_more = pages_itself && printed >= j.words.limit;
    if (!pages_itself) {
        if (!j.words.after.empty())
            std::erase_if(items, [&](json const& i) { return name_of(i) <= j.words.after; });
        has_more = items.size() > j.words.limit;
        items.resize(std::min(items.size(), j.words.limit));
        last = items.empty() ? json{} : json(name_of(items.back()));
    }
    json page{{"items", std::move(items)}, {"next", json{}}};
    if (has_more)
        page["next"] = last.is_string() ? last : json(last.dump());
    return {200, to_text(page)};
}

/// What a change made.
api_answer api::show(job& j) const
{
    auto const& route = *j.route;
    arguments words;
    words.add(route.shows_parameter, j.words.given.at(std::string{route.shows_field}));
    words.add("--json", "on");
    api_console io{is_over_};
    exit_code const code = run(route.shows, words, io, j.caller);
    auto const items = to_items(io.text());
    if (code != exit_code::done || items.empty())
        return of_fault(io, code);
    return {route.status, to_text(items.front())};
}

} // namespace homing::server
