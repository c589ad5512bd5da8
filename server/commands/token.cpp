// token add, list, remove.
#include "server/access_token.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/key_words.hpp"
#include "server/commands/speech.hpp"
#include "server/commands/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace homing::server {

namespace {

using json = nlohmann::ordered_json;

std::string what_it_may(storage::token_record const& t)
{
    std::string text = t.is_read_only ? "reads" : "reads and changes";
    if (t.below.empty())
        return text + " everything";
    for (auto const& name : t.below)
        text += (&name == &t.below.front() ? " " : ", ") + short_name(name);
    return text + " and what is below";
}

json to_json(storage::token_record const& t)
{
    json object{{"name", t.name},
                {"read_only", t.is_read_only},
                {"below", json::array()},
                {"created", to_time(t.created * 1000)},
                {"expires", t.expires != 0 ? json(to_time(t.expires * 1000)) : json{}}};
    for (auto const& name : t.below)
        object["below"].push_back(name.to_string());
    return object;
}

bool read_below(console& io, arguments const& given, storage::token_record& token)
{
    for (auto const& text : given.all("--below")) {
        auto const name = read_name(io, "--below", text);
        if (!name)
            return false;
        token.below.push_back(name->to_lower());
    }
    return true;
}

} // namespace

exit_code token_add(console& io, arguments const& given, open_store& store)
{
    storage::token_record token;
    token.name = given.one("NAME");
    if (!is_token_name(token.name))
        return reject(io, "'{}' is no name for a token: up to 63 letters, digits, dots, - and _", token.name);
    token.is_read_only = given.has("--read-only");
    if (!read_below(io, given, token))
        return exit_code::misused;
    token.created = now_seconds();
    if (given.has("--expire")) {
        auto const at = read_expiry(io, given.one("--expire"));
        if (!at)
            return exit_code::misused;
        token.expires = *at;
    }
    std::string const secret = random_token();
    token.hash = hash_of_token(secret);
    if (!execute(io, store, update::put_token{token}).ok())
        return exit_code::failed;
    if (given.has("--json")) {
        json object = to_json(token);
        object["token"] = secret;
        io.out(object.dump() + '\n');
        return exit_code::done;
    }
    say(io, "{}", secret);
    io.err(fmt::format("homing: this is the token {}, which {}; it is shown this once, and stored nowhere", token.name,
                       what_it_may(token)));
    return exit_code::done;
}

exit_code token_list(console& io, arguments const& given, open_store& store)
{
    auto const access = store.writer.access();
    std::string const& only = given.one("NAME");
    std::size_t width = 0;
    for (auto const& t : access->tokens)
        width = std::max(width, t.name.size());
    bool found = only.empty();
    for (auto const& t : access->tokens) {
        if (!only.empty() && t.name != only)
            continue;
        found = true;
        std::string const until = t.expires == 0               ? ""
                                  : t.expires <= now_seconds() ? ", expired " + to_time(t.expires * 1000)
                                                               : ", until " + to_time(t.expires * 1000);
        if (!io.out(given.has("--json") ? to_json(t).dump() + '\n'
                                        : fmt::format("{:<{}}  {}{}\n", t.name, width, what_it_may(t), until)))
            return exit_code::failed;
    }
    if (found)
        return exit_code::done;
    io.note(fault::not_found);
    return fail(io, "there is no token {}; 'homing token list' shows those there are", only);
}

exit_code token_remove(console& io, arguments const& given, open_store& store)
{
    std::string const& name = given.one("NAME");
    auto const access = store.writer.access();
    if (std::none_of(access->tokens.begin(), access->tokens.end(), [&](auto const& t) { return t.name == name; })) {
        io.note(fault::not_found);
        return fail(io, "there is no token {}; 'homing token list' shows those there are", name);
    }
    if (!execute(io, store, update::remove_token{name}).ok())
        return exit_code::failed;
    say(io, "{} removed", name);
    return exit_code::done;
}

} // namespace homing::server
