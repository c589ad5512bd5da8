#include "server/commands/grant_text.hpp"

#include "dns/presentation.hpp"
#include "update/policy.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace homing::server {

namespace {

using dns::rr_type;
using storage::grant;
using storage::preset;

constexpr std::string_view exact_prefix = "exact:";
constexpr std::string_view preset_names = "host, acme, dhcp, external-dns, zone or admin";

/// Calls f with each label's text, from the left, escapes and all; without a final dot's empty one.
template <class F>
void for_each_label(std::string_view text, F&& f)
{
    for (std::size_t from = 0, at = 0; from < text.size(); from = ++at) {
        for (; at < text.size() && text[at] != '.'; ++at)
            at += text[at] == '\\';
        at = std::min(at, text.size());
        f(text.substr(from, at - from));
    }
}

/// Calls f with each part of "a,b" that is not empty.
template <class F>
void for_each_part(std::string_view text, F&& f)
{
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        if (end != 0)
            f(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

dns::result<void> read_types(arguments const& given, grant& g)
{
    std::string wrong;
    for (auto const& list : given.all("--types"))
        for_each_part(list, [&](std::string_view word) {
            auto const type = dns::rr_type_from_text(word);
            if (!type || (dns::is_meta_type(*type) && *type != rr_type::any))
                wrong = word;
            else
                g.types.push_back(*type);
        });
    if (!wrong.empty())
        return dns::failure{
            fmt::format("--types: '{}' is not a type of record: A, AAAA, TXT, ..., TYPE and its number, or ANY for all", wrong)};
    if (given.has("--types") && g.types.empty())
        return dns::failure{"--types: a type at least"};
    std::sort(g.types.begin(), g.types.end());
    g.types.erase(std::unique(g.types.begin(), g.types.end()), g.types.end());
    if (std::find(g.types.begin(), g.types.end(), rr_type::any) != g.types.end())
        g.types = {rr_type::any};
    return {};
}

dns::result<void> read_rights(arguments const& given, grant& g)
{
    if (!given.has("--may")) {
        g.may.update = true;
        return {};
    }
    std::string wrong;
    for (auto const& list : given.all("--may"))
        for_each_part(list, [&](std::string_view word) {
            if (word != "update" && word != "transfer" && word != "query")
                wrong = word;
            g.may.update |= word == "update";
            g.may.transfer |= word == "transfer";
            g.may.query |= word == "query";
        });
    if (!wrong.empty() || g.may == storage::rights{})
        return dns::failure{fmt::format("--may: '{}' is none of update, transfer and query", wrong)};
    if (!g.may.update && (given.has("--types") || given.has("--apex")))
        return dns::failure{"--types and --apex are about updates, which --may leaves out"};
    return {};
}

/// What only a grant without preset can say.
std::string_view extra_option(arguments const& given, grant const& g)
{
    for (std::string_view const option : {"--types", "--may", "--apex"})
        if (given.has(option))
            return option;
    return g.exact ? "--exact" : std::string_view{};
}

dns::result<grant> read_preset(grant g, arguments const& given)
{
    auto const p = storage::preset_from_text(given.one("--preset"));
    if (!p)
        return dns::failure{fmt::format("--preset: '{}' is none of {}", given.one("--preset"), preset_names)};
    if (p == preset::host)
        g.exact = false; // it is anyway
    if (auto const extra = extra_option(given, g); !extra.empty())
        return dns::failure{fmt::format("{} and --preset exclude each other: a preset says all but where", extra)};
    if (p == preset::admin && g.preset != preset::admin && !g.where.view().is_root())
        return dns::failure{"the preset admin is for everything, so WHERE is '*'; the preset zone is for one zone"};
    if (g.preset == preset::admin && p != preset::admin)
        return dns::failure{"'*' alone is everything, the preset admin; '.' is the root and all below it"};
    g.preset = *p;
    return g;
}

std::string types_words(std::vector<rr_type> const& types, std::string_view separator)
{
    std::string words;
    for (rr_type const t : types)
        words += (words.empty() ? std::string_view{} : separator), words += dns::to_string(t);
    return words;
}

std::string where_meaning(grant const& g)
{
    auto const where = to_where(g);
    return g.exact ? fmt::format("{} alone", where.substr(exact_prefix.size())) : fmt::format("{} and all below it", where);
}

std::string types_meaning(grant const& g)
{
    if (g.types.empty())
        return "all but SOA, NS and DNSSEC's types";
    return g.types.front() == rr_type::any ? "all types" : types_words(g.types, ", ");
}

std::string plain_meaning(grant const& g)
{
    std::string meaning;
    auto const others = storage::rights{false, g.may.transfer, g.may.query};
    if (g.may.update)
        meaning = fmt::format("{} of {}{}", types_meaning(g), where_meaning(g),
                              g.at_apex ? ", a zone's apex too"
                              : g.exact ? ""
                                        : ", but for a zone's apex");
    if (others == storage::rights{})
        return meaning;
    return fmt::format("{}{} of {}", meaning.empty() ? "" : meaning + "; ", fmt::join(words_of(others), " and "),
                       where_meaning(g));
}

} // namespace

std::string shell_word(std::string_view word)
{
    static constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/=,+@%";
    if (!word.empty() && word.find_first_not_of(safe) == word.npos)
        return std::string{word};
    std::string quoted = "'";
    for (char const c : word)
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

std::string short_name(dns::name_view n)
{
    std::string text = n.to_string();
    if (text.size() > 1)
        text.pop_back();
    return text;
}

dns::result<grant> read_where(std::string_view text)
{
    if (text == "*")
        return grant::admin();
    grant g;
    g.exact = text.starts_with(exact_prefix);
    if (g.exact)
        text.remove_prefix(exact_prefix.size());
    auto const where = dns::name_from_text(text);
    if (!where)
        return where.error();
    g.where = where->to_lower();
    if (g.where.view().is_root())
        return g;
    std::size_t depth = g.where.view().label_count();
    for_each_label(text, [&](std::string_view label) { g.any[--depth] = label == "*"; });
    return g;
}

dns::result<grant> read_grant(std::string_view where, arguments const& given)
{
    auto g = read_where(where);
    if (!g)
        return g;
    g->exact = g->exact || given.has("--exact");
    if (given.has("--preset"))
        return read_preset(std::move(*g), given);
    if (g->preset == preset::admin) {
        if (auto const extra = extra_option(given, *g); !extra.empty())
            return dns::failure{fmt::format("'*' alone is everything, with no {}; '.' is the root and all below it", extra)};
        return g;
    }
    if (auto const types = read_types(given, *g); !types)
        return types.error();
    if (auto const rights = read_rights(given, *g); !rights)
        return rights.error();
    g->at_apex = given.has("--apex") && !g->exact; // which covers it anyway
    return g;
}

std::string to_where(grant const& g)
{
    if (g.preset == preset::admin)
        return "*";
    std::string text{g.exact ? exact_prefix : ""};
    if (g.where.view().is_root())
        return text + '.';
    std::size_t depth = g.where.view().label_count();
    std::string const name = g.where.to_string();
    for_each_label(name, [&](std::string_view label) {
        --depth;
        text += label == "*" && !g.any[depth] ? "\\*" : label;
        text += '.';
    });
    if (!g.exact && text.starts_with(exact_prefix))
        text.insert(exact_prefix.size() - 1, 1, '\\');
    return text;
}

std::string to_words(grant const& g)
{
    std::string words = shell_word(to_where(g));
    if (g.preset == preset::admin)
        return words;
    if (g.preset != preset::none)
        return fmt::format("{} --preset {}", words, storage::to_string(g.preset));
    if (!g.types.empty())
        words += " --types " + types_words(g.types, ",");
    if (g.at_apex)
        words += " --apex";
    if (g.may != storage::rights{.update = true})
        words += fmt::format(" --may {}", fmt::join(words_of(g.may), ","));
    return words;
}

std::string to_meaning(grant const& g)
{
    std::string const where = to_where(g);
    switch (g.preset) {
    case preset::none: return plain_meaning(g);
    case preset::host: return fmt::format("A and AAAA of {} alone", where);
    case preset::acme: return fmt::format("TXT at and below _acme-challenge, of {} and all below it", where);
    case preset::dhcp: return fmt::format("A, AAAA, PTR, TXT and DHCID of what is below {}", where);
    case preset::external_dns:
        return fmt::format(
            "A, AAAA, CNAME, MX, NAPTR, NS, PTR, SRV and TXT of {} and all below it, but for a zone's own NS; transfer", where);
    case preset::zone: return fmt::format("everything at and below {}; transfer and query", where);
    case preset::admin: break;
    }
    return "everything";
}

nlohmann::ordered_json to_json_object(grant const& g)
{
    using json = nlohmann::ordered_json;
    json object{{"number", g.number}, {"where", to_where(g)}, {"words", to_words(g)}, {"may", words_of(update::rights_of(g))}};
    if (g.preset != preset::none) {
        object["preset"] = std::string{storage::to_string(g.preset)};
        return object;
    }
    object["types"] = g.types.empty() ? json{} : json::array();
    for (rr_type const t : g.types)
        object["types"].push_back(dns::to_string(t));
    object["apex"] = g.at_apex || g.exact;
    return object;
}

std::string least_grant(dns::name_view owner, std::string_view types)
{
    grant g;
    g.where = owner;
    g.exact = true;
    return fmt::format("{} --types {}", shell_word(to_where(g)), types);
}

} // namespace homing::server
