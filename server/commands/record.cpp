// record list, set, delete.
#include "dns/presentation.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/name_order.hpp"
#include "server/commands/page.hpp"
#include "server/commands/record_words.hpp"
#include "server/commands/speech.hpp"

#include <nlohmann/json.hpp>

namespace homing::server {

namespace {

/// An RRset as one JSON object in one line.
std::string to_json_line(std::string const& owner, zone::rrset_view const& set)
{
    nlohmann::ordered_json object{
        {"name", owner}, {"ttl", set.ttl()}, {"type", dns::to_string(set.type)}, {"rdata", nlohmann::ordered_json::array()}};
    set.for_each([&](dns::rdata_view rdata) { object["rdata"].push_back(dns::to_text(set.type, rdata)); });
    return object.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// Which part of a zone is wanted, for programs.
struct part {
    std::optional<std::string> after = {}; // a name's sort_key
    std::size_t limit = static_cast<std::size_t>(-1);
    dns::rr_type type = dns::rr_type::none;
};

/// Name by name until the limit is reached; the last name is listed whole, so that it can be gone on from.
exit_code list_as_json(console& io, zone::zone_version const& zone, part const& wanted)
{
    auto const is_wanted = [&](zone::rrset_view const& set) { return wanted.type == dns::rr_type::none || set.type == wanted.type; };
    auto const has_any = [&](zone::node const& n) {
        bool has = false;
        n.for_each([&](zone::rrset_view const& set) { has = has || is_wanted(set); });
        return has;
    };
    std::size_t left = wanted.limit; // each name has at least one
    for (auto const* const n : in_order_after(zone, wanted.after, wanted.limit, has_any)) {
        if (left == 0 || !io.is_heard())
            break;
        std::string const owner = n->owner(zone.apex()).to_string();
        std::string text;
        n->for_each([&](zone::rrset_view const& set) {
            if (!is_wanted(set))
                return;
            text += to_json_line(owner, set);
            left -= left > 0;
        });
        if (!io.out(text))
            return exit_code::failed;
    }
    return exit_code::done;
}

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

exit_code list_name(console& io, zone::zone_version const& zone, dns::name_view owner, dns::rr_type type, bool as_json)
{
    if (!owner.is_subdomain_of(zone.apex()))
        return io.note(fault::not_found), fail(io, "{} is not in the zone {}", owner.to_string(), zone.apex().to_string());
    zone::node const* const n = zone.find(owner);
    if (as_json) {
        if (n != nullptr)
            n->for_each([&](zone::rrset_view const& set) {
                if (type == dns::rr_type::none || set.type == type)
                    io.out(to_json_line(n->owner(zone.apex()).to_string(), set));
            });
        return exit_code::done;
    }
    if (n == nullptr || n->is_empty_non_terminal()) {
        warn(io, "there is no record at {}", owner.to_string());
        return exit_code::done;
    }
    return print(io, *n, zone.apex(), type) ? exit_code::done : exit_code::failed;
}

std::optional<dns::rr_type> read_type(console& io, arguments const& given)
{
    auto const type = dns::rr_type_from_text(given.one("TYPE"));
    if (type && !dns::is_meta_type(*type))
        return type;
    reject(io, "'{}' is not a type of record: A, AAAA, CNAME, MX, TXT, ... or TYPE and its number", given.one("TYPE"));
    return std::nullopt;
}

/// A zone here holds the name; where one was named, it is that one, which `in` becomes.
bool is_in_a_zone(console& io, arguments const& given, open_store& store, dns::name_view owner, std::optional<dns::name>& in)
{
    if (given.has("--in"))
        if (in = read_name(io, given, "--in"); !in)
            return false;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    auto const* const zone = now->closest(owner);
    if (in && now->find(*in) == nullptr)
        return no_such_zone(io, *in), false;
    if (in && (zone == nullptr || zone->apex() != *in)) {
        io.note(fault::not_found);
        fail(io, "{} is not in the zone {}", owner.to_string(), in->to_string());
        return false;
    }
    if (zone != nullptr)
        return true;
    io.note(fault::not_found);
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

/// What --after, --limit and TYPE say.
std::optional<part> read_part(console& io, arguments const& given, zone::zone_version const& zone)
{
    part wanted;
    if (given.has("TYPE")) {
        auto const type = read_type(io, given);
        if (!type)
            return std::nullopt;
        wanted.type = *type;
    }
    if (given.has("--after")) {
        auto const name = read_name(io, given, "--after");
        if (!name)
            return std::nullopt;
        auto const lower = name->to_lower();
        if (!lower.view().is_subdomain_of(zone.apex())) {
            reject(io, "--after {}: not a name in {}", given.one("--after"), zone.apex().to_string());
            return std::nullopt;
        }
        wanted.after = sort_key(lower.view().bytes().first(lower.size() - zone.apex().size()));
    }
    auto const limit = read_page_limit(io, given);
    if (!limit)
        return std::nullopt;
    wanted.limit = *limit;
    return wanted;
}

exit_code say_changed(console& io, dns::name_view owner, dns::rr_type type, update::outcome const& how)
{
    nlohmann::ordered_json const object{
        {"name", owner.to_string()}, {"type", dns::to_string(type)}, {"changed", how.changed}, {"serial", how.serial}};
    return io.out(object.dump() + '\n') ? exit_code::done : exit_code::failed;
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
    bool const as_json = given.has("--json");
    auto const wanted = read_part(io, given, *zone);
    if (!wanted)
        return exit_code::misused;
    if (!as_json && (given.has("--after") || given.has("--limit")))
        return reject(io, "--after and --limit go with --json");
    if (!given.has("NAME"))
        return as_json ? list_as_json(io, *zone, *wanted) : list_zone(io, *zone);
    auto const owner = read_name(io, given, "NAME");
    return owner ? list_name(io, *zone, *owner, wanted->type, as_json) : exit_code::misused;
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
    std::optional<dns::name> in;
    if (!is_in_a_zone(io, given, store, *owner, in))
        return exit_code::failed;
    std::size_t const records = set->size();
    auto const outcome = execute(io, store, update::edit{{{*owner, std::move(*set)}}, in});
    if (!outcome.ok())
        return exit_code::failed;
    if (given.has("--json"))
        return say_changed(io, *owner, *type, outcome);
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
    std::optional<dns::name> in;
    if (!is_in_a_zone(io, given, store, *owner, in))
        return exit_code::failed;
    auto const outcome = execute(io, store, update::edit{{{*owner, dns::rrset{type, 0}}}, in});
    if (!outcome.ok())
        return exit_code::failed;
    if (given.has("--json"))
        return say_changed(io, *owner, type, outcome);
    std::string const what = owner->to_string() + (type == dns::rr_type::none ? "" : ' ' + dns::to_string(type));
    if (!outcome.changed)
        warn(io, "{}: there was nothing to delete", what);
    else
        say(io, "{} deleted; {} is at serial {}", what, closest_apex(store, *owner), outcome.serial);
    return exit_code::done;
}

} // namespace homing::server
