#include "server/api_words.hpp"

#include "update/dyndns2.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace homing::server {

namespace {

using kind = api_field::kind;
using json = nlohmann::json;

dns::failure unknown(std::string_view name, std::string_view where, std::vector<std::string_view> known)
{
    auto const meant = nearest(name, known);
    return {fmt::format("there is no '{}' in this {}{}", name.substr(0, 64), where,
                        meant.empty() ? std::string{"."} : fmt::format("; is '{}' meant?", meant))};
}

std::vector<std::string_view> names_of(std::vector<api_field> const& fields)
{
    std::vector<std::string_view> names;
    for (auto const& f : fields)
        names.push_back(f.name);
    return names;
}

api_field const* find(std::vector<api_field> const& fields, std::string_view name)
{
    for (auto const& f : fields)
        if (f.name == name)
            return &f;
    return nullptr;
}

void note(api_words& to, api_field const& f, std::string const& value)
{
    to.words.add(f.parameter, value);
    to.given.emplace(f.name, value);
}

dns::result<void> check_required(std::vector<api_field> const& fields, api_words const& words, std::string_view where)
{
    for (auto const& f : fields)
        if (f.is_required && !words.given.contains(f.name))
            return dns::failure{fmt::format("'{}' is missing in the {}.", f.name, where)};
    return {};
}

/// Texts with a zero octet are nothing that a command could be given.
bool is_text(json const& value)
{
    return value.is_string() && value.get_ref<std::string const&>().find('\0') == std::string::npos;
}

dns::result<void> put(api_words& to, api_field const& f, json const& value)
{
    switch (f.what) {
    case kind::text:
        if (!is_text(value))
            return dns::failure{fmt::format("'{}' must be a string.", f.name)};
        note(to, f, value.get<std::string>());
        break;
    case kind::amount:
        if (!is_text(value) && !value.is_number_unsigned())
            return dns::failure{fmt::format("'{}' must be a number from 0 on, or a string with a unit as in \"30d\".", f.name)};
        note(to, f, value.is_string() ? value.get<std::string>() : std::to_string(value.get<std::uint64_t>()));
        break;
    case kind::flag:
        if (!value.is_boolean())
            return dns::failure{fmt::format("'{}' must be true or false.", f.name)};
        if (value.get<bool>())
            note(to, f, "on");
        break;
    case kind::texts:
        if (!value.is_array() || value.size() > 4096)
            return dns::failure{fmt::format("'{}' must be a list of strings.", f.name)};
        for (auto const& one : value) {
            if (!is_text(one))
                return dns::failure{fmt::format("'{}' must be a list of strings.", f.name)};
            note(to, f, one.get<std::string>());
        }
        break;
    }
    return {};
}

dns::result<void> read_limit(std::string_view text, api_words& to)
{
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), to.limit);
    if (error == std::errc{} && end == text.data() + text.size() && to.limit >= 1 && to.limit <= max_api_page)
        return {};
    return dns::failure{fmt::format("'limit' must be a number from 1 to {}.", max_api_page)};
}

dns::result<void> put_query(api_route const& route, std::string const& name, std::string const& value, api_words& to)
{
    if (route.listed != api_route::order::none && name == "limit")
        return read_limit(value, to);
    if (route.listed != api_route::order::none && name == "after") {
        to.after = value;
        return {};
    }
    auto const* const f = find(route.in_query, name);
    if (f == nullptr) {
        auto known = names_of(route.in_query);
        if (route.listed != api_route::order::none)
            known.insert(known.end(), {"limit", "after"});
        return unknown(name, "query", std::move(known));
    }
    if (to.given.contains(f->name))
        return dns::failure{fmt::format("'{}' is given twice.", f->name)};
    if (f->what != kind::flag)
        note(to, *f, value);
    else if (value == "true")
        note(to, *f, "on");
    else if (value != "false")
        return dns::failure{fmt::format("'{}' must be true or false.", f->name)};
    return {};
}

} // namespace

dns::result<void> read_path(api_route const& route, std::vector<std::string> const& words, api_words& to)
{
    for (std::size_t i = 0; i < words.size(); ++i)
        note(to, route.in_path[i], words[i]);
    return {};
}

dns::result<void> read_query(api_route const& route, std::string_view query, api_words& to)
{
    update::query_parameters parameters;
    parameters.add(query);
    if (parameters.all().size() >= update::query_parameters::most)
        return dns::failure{"there are too many parameters in this query."};
    for (auto const& [name, value] : parameters.all()) {
        if (value.find('\0') != value.npos)
            return dns::failure{fmt::format("'{}' has a zero octet.", name.substr(0, 64))};
        if (auto put_one = put_query(route, name, value, to); !put_one)
            return put_one;
    }
    return check_required(route.in_query, to, "query");
}

dns::result<void> read_body(api_route const& route, std::string_view body, api_words& to)
{
    if (!body.empty()) {
        auto const object = json::parse(body, nullptr, false);
        if (!object.is_object())
            return dns::failure{"the body is not a JSON object."};
        for (auto const& [name, value] : object.items()) {
            auto const* const f = find(route.in_body, name);
            if (f == nullptr)
                return unknown(name, "body", names_of(route.in_body));
            if (value.is_null())
                continue; // as if it were not there
            if (auto done = put(to, *f, value); !done)
                return done;
        }
    }
    return check_required(route.in_body, to, "body");
}

} // namespace homing::server
