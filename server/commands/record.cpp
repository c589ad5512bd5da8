// record list, set, delete.
#include "dns/presentation.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/name_order.hpp"
#include "server/commands/record_words.hpp"
#include "server/commands/speech.hpp"

namespace homing::server {

namespace {

bool print(console& io, zone::node const& n, dns::name_view apex, dns::rr_type only_or_none, bool without_soa = false)
{
    std::string const owner = n.owner(apex).to_string();
    std::string text;
    n.for_each([&](zone::rrset_view const& set) {
        if ((only_or_none != dns::rr_type::none && set.type != only_or_none) || (without_soa && set.type == dns::rr_type::soa))
            return;
        std::string const head = fmt::format("{} {} IN {} ", owner, set.ttl(), dns::to_string(set.type));
        set.for_each([&](dns::rdata_view rdata) { text += head + dns::to_text(set.type, rdata) + '\n'; });
    });
    return text.empty() || io.out(text);
}

/// SOA first, then by the order of names.
exit_code list_zone(console& io, zone::zone_version const& zone)
{
    bool taken = print(io, zone.apex_node(), zone.apex(), dns::rr_type::soa);
    bool is_apex = true;
    for (zone::node const* n : in_order(zone)) {
        taken = taken && print(io, *n, zone.apex(), dns::rr_type::none, is_apex);
        is_apex = false;
    }
    return taken ? exit_code::done : exit_code::failed;
}

exit_code list_name(console& io, zone::zone_version const& zone, dns::name_view owner)
{
    if (!owner.is_subdomain_of(zone.apex()))
        return fail(io, "{} is not in the zone {}", owner.to_string(), zone.apex().to_string());
    zone::node const* const n = zone.find(owner);
    if (n == nullptr || n->is_empty_non_terminal()) {
        warn(io, "there is no record at {}", owner.to_string());
        return exit_code::done;
    }
    return print(io, *n, zone.apex(), dns::rr_type::none) ? exit_code::done : exit_code::failed;
}

std::optional<dns::rr_type> read_type(console& io, arguments const& given)
{
    auto const type = dns::rr_type_from_text(given.one("TYPE"));
    if (type && !dns::is_meta_type(*type))
        return type;
    reject(io, "'{}' is not a type of record: A, AAAA, CNAME, MX, TXT, ... or TYPE and its number", given.one("TYPE"));
    return std::nullopt;
}

bool is_in_a_zone(console& io, open_store& store, dns::name_view owner)
{
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    if (now->closest(owner) != nullptr)
        return true;
    fail(io, "{} lies in no zone of this server; 'homing zone list' shows its zones, 'homing zone add' adds one",
         owner.to_string());
    return false;
}

std::string closest_apex(open_store& store, dns::name_view owner)
{
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    auto const* const zone = now->closest(owner);
    return zone != nullptr ? zone->apex().to_string() : std::string{};
}

} // namespace

exit_code record_list(console& io, arguments const& given, open_store& store)
{
    auto const origin = read_name(io, given, "ZONE");
    if (!origin)
        return exit_code::misused;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    zone::zone_version const* const zone = now->find(*origin);
    if (zone == nullptr)
        return no_such_zone(io, *origin);
    if (!given.has("NAME"))
        return list_zone(io, *zone);
    auto const owner = read_name(io, given, "NAME");
    return owner ? list_name(io, *zone, *owner) : exit_code::misused;
}

exit_code record_set(console& io, arguments const& given, open_store& store)
{
    auto const owner = read_name(io, given, "NAME");
    if (!owner)
        return exit_code::misused;
    auto const ttl = dns::ttl_from_text(given.one("TTL"));
    if (!ttl)
        return reject(io, "'{}' is not a TTL: seconds, or units as in 1h30m, at most 2147483647 seconds", given.one("TTL"));
    auto const type = read_type(io, given);
    if (!type)
        return exit_code::misused;
    auto set = read_records(*type, *ttl, given.all("RDATA"));
    if (!set)
        return reject(io, "{}", set.error().message);
    if (!is_in_a_zone(io, store, *owner))
        return exit_code::failed;
    std::size_t const records = set->size();
    auto const outcome = execute(io, store, update::edit{{{*owner, std::move(*set)}}, {}});
    if (!outcome.ok())
        return exit_code::failed;
    say(io, "{} {}: {} {}; {} is at serial {}", owner->to_string(), dns::to_string(*type), records,
        records == 1 ? "record" : "records", closest_apex(store, *owner), outcome.serial);
    return exit_code::done;
}

exit_code record_delete(console& io, arguments const& given, open_store& store)
{
    auto const owner = read_name(io, given, "NAME");
    if (!owner)
        return exit_code::misused;
    dns::rr_type type = dns::rr_type::none;
    if (given.has("TYPE")) {
        auto const one = read_type(io, given);
        if (!one)
            return exit_code::misused;
        type = *one;
    }
    if (!is_in_a_zone(io, store, *owner))
        return exit_code::failed;
    auto const outcome = execute(io, store, update::edit{{{*owner, dns::rrset{type, 0}}}, {}});
    if (!outcome.ok())
        return exit_code::failed;
    std::string const what = owner->to_string() + (type == dns::rr_type::none ? "" : ' ' + dns::to_string(type));
    if (!outcome.changed)
        warn(io, "{}: there was nothing to delete", what);
    else
        say(io, "{} deleted; {} is at serial {}", what, closest_apex(store, *owner), outcome.serial);
    return exit_code::done;
}

} // namespace homing::server
