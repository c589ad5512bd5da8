// key grant, key revoke.
#include "server/commands/commands.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/key_words.hpp"

#include <algorithm>
#include <charconv>

namespace homing::server {

namespace {

std::string numbers_of(std::vector<storage::grant> const& grants)
{
    std::string text;
    for (auto const& g : grants)
        text += fmt::format("{}#{} ({})", text.empty() ? "" : ", ", g.number, to_words(g));
    return text;
}

/// "3" or "#3".
std::optional<std::uint32_t> read_number(std::string_view text)
{
    if (text.starts_with('#'))
        text.remove_prefix(1);
    std::uint32_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

bool is_meant(storage::grant const& g, std::string_view text, dns::result<storage::grant> const& where)
{
    if (auto const number = read_number(text))
        return g.number == *number;
    if (text == to_words(g) || !where)
        return text == to_words(g);
    return (where->preset == storage::preset::admin) == (g.preset == storage::preset::admin) && where->where == g.where &&
           where->any == g.any && where->exact == g.exact;
}

} // namespace

exit_code key_grant(console& io, arguments const& given, open_store& store)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    auto const grant = read_grant(given.one("WHERE"), given);
    if (!grant)
        return reject(io, "{}: {}", given.one("WHERE"), grant.error().message);
    dns::name const name = (*key)->key_name();
    auto const outcome = execute(io, store, update::change_key{name, update::change_key::add_grant{*grant}});
    if (!outcome.ok())
        return exit_code::failed;
    auto const ring = store.writer.keys();
    auto const* const changed = ring->find(name);
    for (auto const& g : changed != nullptr ? changed->grants->by_number() : std::vector<storage::grant>{})
        if (g.is_like(*grant))
            say(io, "{} {} #{}: {}", name.to_string(), outcome.changed ? "has got" : "has already", g.number, to_meaning(g));
    warn_of_surprises(io, store, {*grant});
    return exit_code::done;
}

exit_code key_revoke(console& io, arguments const& given, open_store& store)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    dns::name const name = (*key)->key_name();
    std::string const& text = given.one("GRANT");
    auto grants = (*key)->grants->by_number();
    auto const where = read_where(text);
    std::erase_if(grants, [&](storage::grant const& g) { return !is_meant(g, text, where); });
    if (grants.empty())
        return io.note(fault::not_found), fail(io, "{} has no grant {}; 'homing key list {}' shows those it has", name.to_string(), text,
                    shell_word(short_name(name)));
    if (grants.size() > 1)
        return fail(io, "{} has several such grants: {}; name one by its number", name.to_string(), numbers_of(grants));
    if (!execute(io, store, update::change_key{name, update::change_key::revoke{grants.front().number}}).ok())
        return exit_code::failed;
    say(io, "{} has lost #{}: {}", name.to_string(), grants.front().number, to_meaning(grants.front()));
    return exit_code::done;
}

} // namespace homing::server
