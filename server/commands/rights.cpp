// explain, who: what keys may do, judged as the writer would judge it now.
#include "dns/presentation.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/grant_text.hpp"
#include "server/commands/key_text.hpp"
#include "server/commands/key_words.hpp"
#include "server/commands/page.hpp"
#include "update/policy.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace homing::server {

namespace {

using dns::rr_type;
using update::decision;
using update::granted_key;
using json = nlohmann::ordered_json;

/// What somebody wants to do: change records of a type, delete a whole name (ANY), or transfer a zone (AXFR).
struct wish {
    dns::name name;
    rr_type type = rr_type::any;

    bool is_transfer() const noexcept { return type == rr_type::axfr; }
    std::string to_string() const
    {
        if (is_transfer())
            return fmt::format("transfer {}", name.to_string());
        if (type == rr_type::any)
            return fmt::format("delete all of {}", name.to_string());
        return fmt::format("change {} {}", name.to_string(), dns::to_string(type));
    }
};

std::optional<wish> read_wish(console& io, arguments const& given)
{
    auto const name = read_name(io, given, "NAME");
    if (!name)
        return std::nullopt;
    if (!given.has("TYPE"))
        return wish{*name};
    auto type = dns::rr_type_from_text(given.one("TYPE"));
    if (type == rr_type::ixfr)
        type = rr_type::axfr;
    if (type && (!dns::is_meta_type(*type) || type == rr_type::any || type == rr_type::axfr))
        return wish{*name, *type};
    reject(io, "'{}' is not a type: A, AAAA, TXT, ..., ANY for deleting a whole name, AXFR for transferring a zone",
           given.one("TYPE"));
    return std::nullopt;
}

std::string quoted_name(dns::name_view n)
{
    return shell_word(short_name(n));
}

/// The answer to "may this key do that?".
struct verdict {
    std::optional<storage::grant> by;  ///< the grant that allows it, if the key counts
    std::string reason;                ///< why not
    std::vector<std::string> remedies; ///< commands after which it would be allowed
    std::string zone;

    bool is_yes() const noexcept { return by && reason.empty(); }
};

zone::zone_version const* zone_of(zone::snapshot const& now, wish const& w)
{
    if (w.is_transfer())
        return now.find(w.name);
    auto const* const zone = now.closest(w.name);
    // DS stands above the cut (RFC 4035 2.4), where that is served here too.
    if (zone != nullptr && w.type == rr_type::ds && w.name == zone->apex() && !w.name.view().is_root())
        if (auto const* const above = now.closest(w.name.view().parent()))
            return above;
    return zone;
}

/// The types that stand at the name and that the key may not touch; nothing at all there: what it would at least be for.
std::string missing_types(granted_key const& key, zone::zone_version const& zone, dns::name_view owner)
{
    std::string types;
    if (auto const* const node = zone.find(owner))
        node->for_each([&](zone::rrset_view const& set) {
            bool const stays = owner == zone.apex() && (set.type == rr_type::soa || set.type == rr_type::ns);
            if (!stays && !may_update(key, zone.apex(), owner, set.type))
                types += (types.empty() ? "" : ",") + dns::to_string(set.type);
        });
    return types.empty() ? "A,AAAA" : types;
}

void judge_transfer(verdict& v, granted_key const& key, wish const& w)
{
    auto const d = may_transfer(key, w.name);
    if (d) {
        v.by = *d.by;
        return;
    }
    v.reason = "no grant for transfers covers the zone.";
    v.remedies.push_back(fmt::format("homing key grant {} {} --may transfer", quoted_name(key.key_name()),
                                     shell_word("exact:" + short_name(w.name))));
}

void judge_update(verdict& v, granted_key const& key, zone::zone_version const& zone, wish const& w)
{
    auto const d = w.type == rr_type::any ? may_delete_name(key, zone, w.name)
                                          : update::name_decision{w.type, may_update(key, zone.apex(), w.name, w.type)};
    if (d.result) {
        v.by = *d.result.by;
        return;
    }
    bool const is_there = w.type == rr_type::any && d.type != rr_type::none;
    v.reason =
        (is_there ? fmt::format("it has {}, and ", dns::to_string(d.type)) : "") + std::string{update::explain(d.result.why)};
    auto const types = w.type == rr_type::any ? missing_types(key, zone, w.name) : dns::to_string(w.type);
    v.remedies.push_back(fmt::format("homing key grant {} {}", quoted_name(key.key_name()), least_grant(w.name, types)));
}

/// A key that does not count can do nothing, whatever its grants.
void judge_state(verdict& v, granted_key const& key)
{
    auto const key_word = quoted_name(key.key_name());
    std::string reason;
    if (key.is_disabled) {
        reason = "the key is disabled.";
        v.remedies.push_back(fmt::format("homing key enable {}", key_word));
    }
    if (key.expires != 0 && key.expires <= now_seconds()) {
        reason += reason.empty() ? "the key has expired." : " It has expired, too.";
        v.remedies.push_back(fmt::format("homing key expire {} never", key_word));
    }
    if (!reason.empty())
        v.reason = v.reason.empty() ? reason : fmt::format("{} And {}", reason, v.reason);
}

verdict judge(granted_key const& key, zone::snapshot const& now, wish const& w)
{
    verdict v;
    auto const* const zone = zone_of(now, w);
    if (zone == nullptr) {
        v.reason = w.is_transfer()
                       ? fmt::format("there is no zone {} here; 'homing zone list' shows those there are.", w.name.to_string())
                       : "no zone of this server holds the name; 'homing zone list' shows its zones.";
        return v;
    }
    v.zone = zone->apex().to_string();
    if (w.is_transfer())
        judge_transfer(v, key, w);
    else
        judge_update(v, key, *zone, w);
    judge_state(v, key);
    return v;
}

std::string to_text(verdict const& v, granted_key const& key, wish const& w)
{
    auto const name = dns::name{key.key_name()}.to_string();
    if (v.is_yes())
        return fmt::format("yes: {} may {}, by its grant #{}: {}\n", name, w.to_string(), v.by->number, to_meaning(*v.by));
    std::string text = fmt::format("no: {} may not {}: {}\n", name, w.to_string(), v.reason);
    if (!v.remedies.empty())
        text += "This would allow it:\n";
    for (auto const& command : v.remedies)
        text += fmt::format("  {}\n", command);
    return text;
}

json to_json(verdict const& v, granted_key const& key, wish const& w)
{
    json object{{"allowed", v.is_yes()},
                {"key", dns::name{key.key_name()}.to_string()},
                {"name", w.name.to_string()},
                {"type", dns::to_string(w.type)},
                {"zone", v.zone.empty() ? json{} : json(v.zone)}};
    if (v.is_yes()) {
        object["grant"] = to_json_object(*v.by);
        return object;
    }
    object["reason"] = v.reason;
    object["commands"] = v.remedies;
    return object;
}

/// Whether the grant is one of those that let its key do this. Without a type, anything at the name will do.
bool allows(storage::grant const& g, wish const& w, bool at_apex)
{
    auto const may = update::rights_of(g);
    if (!update::covers_name(g, w.name))
        return false;
    if (w.is_transfer())
        return may.transfer;
    return may.update &&
           (w.type == rr_type::any ? update::covers_some_type(g, at_apex) : update::covers_type(g, w.type, at_apex));
}

std::vector<storage::grant> grants_for(granted_key const& key, wish const& w, bool at_apex)
{
    std::vector<storage::grant> found;
    key.grants->any_above(w.name, [&](storage::grant const& g) {
        if (allows(g, w, at_apex))
            found.push_back(g);
        return false;
    });
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return a.number < b.number; });
    return found;
}

std::string to_line(granted_key const& key, std::vector<storage::grant> const& grants, bool as_json)
{
    auto const name = dns::name{key.key_name()}.to_string();
    if (as_json) {
        json object{{"key", name}, {"grants", json::array()}};
        for (auto const& g : grants)
            object["grants"].push_back(to_json_object(g));
        return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
    }
    std::string text;
    for (auto const& g : grants)
        text += fmt::format("{}  #{} {}\n", name, g.number, to_words(g));
    return text;
}

} // namespace

exit_code explain(console& io, arguments const& given, open_store& store)
{
    auto const w = read_wish(io, given);
    if (!w)
        return exit_code::misused;
    exit_code code{};
    auto const key = find_key(io, given, store, code);
    if (!key)
        return code;
    zone::versions::reader reader{store.versions};
    zone::versions::reading const now{reader};
    auto const v = judge(**key, *now, *w);
    io.out(given.has("--json") ? to_json(v, **key, *w).dump(-1, ' ', true, json::error_handler_t::replace) + '\n'
                               : to_text(v, **key, *w));
    return v.is_yes() ? exit_code::done : exit_code::failed;
}

exit_code who(console& io, arguments const& given, open_store& store)
{
    auto const w = read_wish(io, given);
    if (!w)
        return exit_code::misused;
    bool at_apex = false, is_held = false;
    {
        zone::versions::reader reader{store.versions};
        zone::versions::reading const now{reader};
        auto const* const zone = zone_of(*now, *w);
        is_held = zone != nullptr;
        at_apex = is_held && zone->apex() == w->name;
    }
    if (!is_held)
        warn(io, "{} {}", w->is_transfer() ? "there is no zone" : "no zone of this server holds", w->name.to_string());
    auto const wanted = read_page(io, given);
    if (!wanted)
        return exit_code::misused;
    auto const ring = store.writer.keys();
    auto keys = ring->sorted();
    if (wanted->after)
        std::erase_if(keys, [&](auto const* k) { return k->key_name().compare(*wanted->after) <= 0; });
    std::size_t found = 0, without_effect = 0;
    for (auto const* key : keys) {
        if (found == wanted->limit)
            return exit_code::done;
        auto const grants = grants_for(*key, *w, at_apex);
        bool const counts = key->state(static_cast<std::uint64_t>(now_seconds())) == update::key_state::valid;
        found += counts && !grants.empty();
        without_effect += !counts && !grants.empty();
        if (counts && !grants.empty() && !io.out(to_line(*key, grants, given.has("--json"))))
            return exit_code::failed;
    }
    if (found == 0)
        warn(io, "no key may {}", given.has("TYPE") ? w->to_string() : "change " + w->name.to_string());
    if (without_effect != 0)
        warn(io, "{} more could, but {} disabled or expired", without_effect, without_effect == 1 ? "is" : "are");
    return exit_code::done;
}

} // namespace homing::server
