// key add, list, show, remove.
#include "server/commands/commands.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/speech.hpp"

#include <algorithm>

namespace homing::server {

namespace {

std::optional<dns::tsig_algorithm> read_algorithm(console& io, arguments const& given)
{
    if (!given.has("--algorithm"))
        return dns::tsig_algorithm::hmac_sha256;
    auto const algorithm = dns::tsig_algorithm_from_text(given.one("--algorithm"));
    if (!algorithm)
        reject(io,
               "--algorithm {}: hmac-sha256 (the usual one), hmac-sha224, hmac-sha384, hmac-sha512, and for old clients "
               "hmac-sha1 or hmac-md5",
               given.one("--algorithm"));
    return algorithm;
}

std::optional<std::vector<std::uint8_t>> read_secret(console& io, arguments const& given, dns::tsig_algorithm algorithm)
{
    if (!given.has("--secret"))
        return random_secret(algorithm);
    auto secret = from_base64(given.one("--secret"));
    if (secret)
        return std::move(*secret);
    reject(io, "--secret: {}", secret.error().message);
    return std::nullopt;
}

std::optional<std::vector<storage::grant>> read_grants(console& io, arguments const& given)
{
    std::vector<storage::grant> grants;
    for (auto const& text : given.all("--grant")) {
        auto const one = read_grant(text);
        if (!one) {
            reject(io, "--grant {}: {}", text, one.error().message);
            return std::nullopt;
        }
        grants.push_back(*one);
    }
    return grants;
}

/// Some zone holds the name, or lies below it.
bool concerns_a_zone(zone::snapshot const& now, dns::name_view where)
{
    bool found = now.closest(where) != nullptr;
    if (!found)
        now.for_each([&](zone::zone_version const& z) { found = found || z.apex().is_subdomain_of(where); });
    return found;
}

void warn_of_idle_grants(console& io, open_store& store, std::vector<storage::grant> const& grants)
{
    if (grants.empty())
        warn(io, "the key has no grant, so it may change nothing: remove it, and add it again with --grant ZONE-OR-NAME");
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    for (auto const& g : grants)
        if (g.preset != storage::preset::admin && !concerns_a_zone(*now, g.where))
            warn(io, "no zone of this server holds {}; the grant counts from when there is one", g.where.to_string());
}

std::string to_words(std::vector<storage::grant> const& grants)
{
    std::string words;
    for (auto const& g : grants)
        words += (words.empty() ? "" : " ") + to_string(g);
    return words.empty() ? "-" : words;
}

exit_code no_such_key(console& io, dns::name_view name)
{
    return fail(io, "there is no key {}; 'homing key list' shows those there are", name.to_string());
}

} // namespace

exit_code key_add(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    auto const algorithm = read_algorithm(io, given);
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
    key.grants = std::move(*grants);
    if (!execute(io, store, update::put_key{key, true}).ok())
        return exit_code::failed;
    warn_of_idle_grants(io, store, key.grants);
    io.out(to_key_file(key));
    return exit_code::done;
}

exit_code key_list(console& io, arguments const&, open_store& store)
{
    auto const ring = store.writer.keys();
    auto const keys = ring->sorted();
    std::size_t width = 0;
    for (auto const* k : keys)
        width = std::max(width, k->key_name().to_string().size());
    for (auto const* k : keys)
        if (!io.out(fmt::format("{:<{}}  {:<11}  {}\n", k->key_name().to_string(), width, dns::to_string(k->key->algorithm()),
                                to_words(k->grants->by_number()))))
            return exit_code::failed;
    return exit_code::done;
}

exit_code key_show(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return exit_code::misused;
    auto const ring = store.writer.keys();
    update::granted_key const* const key = ring->find(*name);
    if (key == nullptr)
        return no_such_key(io, *name);
    io.out(to_key_file(key->record()));
    return exit_code::done;
}

exit_code key_remove(console& io, arguments const& given, open_store& store)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return exit_code::misused;
    if (store.writer.keys()->find(*name) == nullptr)
        return no_such_key(io, *name);
    if (!execute(io, store, update::remove_key{*name}).ok())
        return exit_code::failed;
    say(io, "{} removed", name->to_string());
    return exit_code::done;
}

} // namespace homing::server
