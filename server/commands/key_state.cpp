// key rotate, disable, enable, expire.
#include "dns/presentation.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/key_words.hpp"
#include "server/commands/time_text.hpp"

namespace homing::server {

namespace {

constexpr std::int64_t usual_overlap = 24 * 60 * 60;

std::optional<std::int64_t> read_overlap(console& io, arguments const& given)
{
    if (!given.has("--overlap"))
        return usual_overlap;
    auto const seconds = dns::ttl_from_text(given.one("--overlap"));
    if (seconds)
        return *seconds;
    reject(io, "--overlap {}: seconds, or units as in 24h, 7d or 1h30m; 0 for none", given.one("--overlap"));
    return std::nullopt;
}

exit_code turn(console& io, arguments const& given, open_store& store, bool on)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    dns::name const name = (*key)->key_name();
    auto const outcome = execute(io, store, update::change_key{name, update::change_key::enable{on}});
    if (!outcome.ok())
        return exit_code::failed;
    say(io, "{} is {}{}", name.to_string(), on ? "enabled" : "disabled", outcome.changed ? "" : " already");
    auto const ring = store.writer.keys();
    auto const* const now = ring->find(name);
    if (on && now != nullptr && now->state(static_cast<std::uint64_t>(now_seconds())) == update::key_state::expired)
        warn(io, "it has expired, so it counts for nothing still; 'homing key expire {} never' changes that", name.to_string());
    return exit_code::done;
}

} // namespace

exit_code key_rotate(console& io, arguments const& given, open_store& store)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    auto const algorithm = read_algorithm(io, given, (*key)->key->algorithm());
    auto const overlap = read_overlap(io, given);
    if (!algorithm || !overlap)
        return exit_code::misused;
    auto secret = read_secret(io, given, *algorithm);
    if (!secret)
        return exit_code::misused;
    auto const now = static_cast<std::uint64_t>(now_seconds());
    if ((*key)->has_retired(now))
        warn(io, "the overlap of the rotation before this one ends with it: only the newest old secret stays good");
    dns::name const name = (*key)->key_name();
    update::change_key::rotate what{*algorithm, std::move(*secret), *overlap > 0 ? now_seconds() + *overlap : 0};
    if (!execute(io, store, update::change_key{name, std::move(what)}).ok())
        return exit_code::failed;
    auto const ring = store.writer.keys();
    if (auto const* const rotated = ring->find(name))
        io.out(to_key_file(rotated->record(), now_seconds()));
    return exit_code::done;
}

exit_code key_disable(console& io, arguments const& given, open_store& store)
{
    return turn(io, given, store, false);
}

exit_code key_enable(console& io, arguments const& given, open_store& store)
{
    return turn(io, given, store, true);
}

exit_code key_expire(console& io, arguments const& given, open_store& store)
{
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    auto const at = read_expiry(io, given.one("TIME"));
    if (!at)
        return exit_code::misused;
    dns::name const name = (*key)->key_name();
    if (!execute(io, store, update::change_key{name, update::change_key::expire{*at}}).ok())
        return exit_code::failed;
    if (*at == 0)
        say(io, "{} never expires", name.to_string());
    else
        say(io, "{} {} {}", name.to_string(), *at <= now_seconds() ? "has expired" : "expires", to_time(*at * 1000));
    return exit_code::done;
}

} // namespace homing::server
