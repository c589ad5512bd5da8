#include "server/commands/key_words.hpp"

#include "server/commands/grant_text.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/time_text.hpp"
#include "dns/presentation.hpp"
#include "update/policy.hpp"

#include <chrono>

namespace homing::server {

namespace {

/// Some zone holds the name, or lies below it. Of a pattern only what follows its last `*` counts.
bool concerns_a_zone(zone::snapshot const& now, storage::grant const& g)
{
    std::size_t fixed = 0;
    while (fixed < g.where.view().label_count() && !g.any[fixed])
        ++fixed;
    auto const where = g.where.view().suffix(fixed);
    bool found = now.closest(where) != nullptr;
    if (!found)
        now.for_each([&](zone::zone_version const& z) { found = found || z.apex().is_subdomain_of(where); });
    return found;
}

/// It names the apex of a zone, and covers all but that.
bool leaves_out_apex(zone::snapshot const& now, storage::grant const& g)
{
    return g.any.none() && now.find(g.where) != nullptr && g.may.update && g.preset == storage::preset::none &&
           !update::covers_some_type(g, true);
}

} // namespace

std::int64_t now_seconds()
{
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::optional<std::int64_t> read_expiry(console& io, std::string_view text)
{
    if (text == "never")
        return 0;
    auto const length = text.starts_with('+') ? text.substr(1) : text;
    bool const has_unit = !length.empty() && (length.back() < '0' || length.back() > '9');
    if (auto const seconds = dns::ttl_from_text(length); seconds && has_unit)
        return now_seconds() + *seconds;
    if (auto const time = read_time(text, now_seconds() * 1000); time && *time >= 1000)
        return *time / 1000;
    reject(io, "'{}' is not a time: 2027-05-04T15:04:05Z, 2027-05-04 (in UTC), from now on as 12h, 30d or 52w, or never", text);
    return std::nullopt;
}

std::optional<found_key> find_key(console& io, arguments const& given, open_store& store, exit_code& code)
{
    auto const name = read_name(io, given, "KEY");
    code = exit_code::misused;
    if (!name)
        return std::nullopt;
    auto ring = store.writer.keys();
    update::granted_key const* const key = ring->find(*name);
    if (key != nullptr)
        return found_key{std::move(ring), key};
    io.note(fault::not_found);
    code = fail(io, "there is no key {}; 'homing key list' shows those there are", name->to_string());
    return std::nullopt;
}

std::optional<dns::tsig_algorithm> read_algorithm(console& io, arguments const& given, dns::tsig_algorithm usual)
{
    if (!given.has("--algorithm"))
        return usual;
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

storage::key_record current_record(open_store& store, update::granted_key const& key)
{
    auto record = key.record();
    record.last_use = store.writer.last_use(key);
    return record;
}

void warn_of_surprises(console& io, open_store& store, std::vector<storage::grant> const& grants)
{
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    for (auto const& g : grants) {
        if (g.preset == storage::preset::admin)
            continue;
        if (!concerns_a_zone(*now, g))
            warn(io, "no zone of this server holds {}; the grant counts from when there is one", to_where(g));
        if (leaves_out_apex(*now, g))
            warn(io, "{} is the apex of a zone, which this grant leaves out: --apex includes it, --preset zone is everything",
                 to_where(g));
    }
}

} // namespace homing::server
