// key add, list, show, remove.
#include "server/commands/commands.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/key_words.hpp"
#include "server/commands/page.hpp"
#include "server/commands/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace homing::server {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t grants_on_a_line = 4;

std::optional<std::vector<storage::grant>> read_grants(console& io, arguments const& given)
{
    std::vector<storage::grant> grants;
    for (auto const& text : given.all("--grant")) {
        auto const one = read_grant(text, given);
        if (!one) {
            reject(io, "--grant {}: {}", text, one.error().message);
            return std::nullopt;
        }
        grants.push_back(*one);
    }
    for (char const* const option : {"--preset", "--types", "--may", "--apex"})
        if (given.has(option) && grants.empty()) {
            reject(io, "{} needs --grant WHERE", option);
            return std::nullopt;
        }
    return grants;
}

std::string grants_of(update::granted_key const& k)
{
    auto const grants = k.grants->by_number();
    std::string words;
    for (std::size_t i = 0; i < std::min(grants.size(), grants_on_a_line); ++i)
        words += (i == 0 ? "" : "; ") + to_words(grants[i]);
    if (grants.size() > grants_on_a_line)
        words += fmt::format("; and {} more", grants.size() - grants_on_a_line);
    return words.empty() ? "-" : words;
}

std::string state_of(update::granted_key const& k)
{
    auto const state = k.state(static_cast<std::uint64_t>(now_seconds()));
    return state == update::key_state::valid ? std::string{} : fmt::format("({}) ", to_string(state));
}

json time_or_null(std::int64_t seconds)
{
    return seconds != 0 ? json(to_time(seconds * 1000)) : json{};
}

json to_json(storage::key_record const& k, update::key_state state)
{
    json object{{"name", k.key_name.to_string()},
                {"algorithm", std::string{dns::to_string(k.algorithm)}},
                {"state", std::string{to_string(state)}},
                {"expires", time_or_null(k.expires)},
                {"secret_since", time_or_null(k.secret_time)},
                {"old_secret_until", time_or_null(k.retired ? k.retired->until : 0)},
                {"last_used", json{}},
                {"grants", json::array()}};
    if (k.last_use.time != 0)
        object["last_used"] = {{"time", to_time(k.last_use.time * 1000)}, {"from", k.last_use.address}, {"for", k.last_use.what}};
    for (auto const& g : k.grants)
        object["grants"].push_back(to_json_object(g));
    return object;
}

std::string to_json_line(open_store& store, update::granted_key const& k, bool with_secret)
{
    auto const now = now_seconds();
    auto record = current_record(store, k);
    if (record.retired && record.retired->until < now)
        record.retired.reset();
    json object = to_json(record, k.state(static_cast<std::uint64_t>(now)));
    if (with_secret)
        object["secret"] = to_base64(record.secret);
    return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
}

exit_code list_all(console& io, arguments const& given, open_store& store)
{
    bool const as_json = given.has("--json");
    auto const wanted = read_page(io, given);
    if (!wanted)
        return exit_code::misused;
    auto const ring = store.writer.keys();
    auto keys = ring->sorted();
    cut_to_page(keys, *wanted, [](auto const* k) { return k->key_name(); });
    std::size_t width = 0;
    for (auto const* k : keys)
        width = std::max(width, k->key_name().to_string().size());
    for (auto const* k : keys) {
        auto const line = as_json ? to_json_line(store, *k, false)
                                  : fmt::format("{:<{}}  {:<11}  {}{}\n", k->key_name().to_string(), width,
                                                dns::to_string(k->key->algorithm()), state_of(*k), grants_of(*k));
        if (!io.out(line))
            return exit_code::failed;
    }
    return exit_code::done;
}

std::string since(char const* what, std::int64_t seconds)
{
    return seconds != 0 ? fmt::format("{} {}", what, to_time(seconds * 1000)) : std::string{};
}

/// What there is to say of a key but its secret.
std::string describe(storage::key_record const& k, update::key_state state)
{
    std::string text =
        fmt::format("{}  {}{}\n", k.key_name.to_string(), dns::to_string(k.algorithm), since(", secret of", k.secret_time));
    if (k.is_disabled)
        text += "  disabled\n";
    if (k.expires != 0)
        text += fmt::format("  {}\n", since(state == update::key_state::expired ? "expired" : "expires", k.expires));
    if (k.retired && k.retired->until >= now_seconds())
        text += fmt::format("  {}\n", since("the secret before is good until", k.retired->until));
    text += fmt::format("  {}\n", to_text(k.last_use));
    for (auto const& g : k.grants)
        text += fmt::format("  #{:<3} {}\n       {}\n", g.number, to_words(g), to_meaning(g));
    return k.grants.empty() ? text + "  no grant: it may change nothing\n" : text;
}

} // namespace

exit_code key_add(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    auto const algorithm = read_algorithm(io, given, dns::tsig_algorithm::hmac_sha256);
    if (!name || !algorithm)
        return exit_code::misused;
    auto secret = read_secret(io, given, *algorithm);
    auto grants = read_grants(io, given);
    if (!secret || !grants)
        return exit_code::misused;
    storage::key_record key;
    key.key_name = name->to_lower();
    key.algorithm = *algorithm;
    key.secret = std::move(*secret);
    key.secret_time = now_seconds();
    key.grants = std::move(*grants);
    if (!execute(io, store, update::put_key{key, true}).ok())
        return exit_code::failed;
    if (key.grants.empty())
        warn(io, "the key has no grant, so it may change nothing; 'homing key grant {} WHERE' gives it one",
             shell_word(short_name(key.key_name)));
    warn_of_surprises(io, store, key.grants);
    auto const ring = store.writer.keys();
    if (auto const* made = ring->find(key.key_name)) // nobody removed it meanwhile
        io.out(to_key_file(made->record(), now_seconds()));
    return exit_code::done;
}

exit_code key_list(console& io, arguments const& given, open_store& store)
{
    if (!given.has("KEY"))
        return list_all(io, given, store);
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    auto const state = (*key)->state(static_cast<std::uint64_t>(now_seconds()));
    io.out(given.has("--json") ? to_json_line(store, **key, false) : describe(current_record(store, **key), state));
    return exit_code::done;
}

exit_code key_show(console& io, arguments const& given, open_store& store)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    io.out(given.has("--json") ? to_json_line(store, **key, true) : to_key_file(current_record(store, **key), now_seconds()));
    return exit_code::done;
}

exit_code key_remove(console& io, arguments const& given, open_store& store)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    dns::name const name = (*key)->key_name();
    if (!execute(io, store, update::remove_key{name}).ok())
        return exit_code::failed;
    say(io, "{} removed", name.to_string());
    return exit_code::done;
}

} // namespace homing::server
