#include "dns/presentation_svcb.hpp"

#include "dns/presentation_encoding.hpp"
#include "dns/presentation_fields.hpp"
#include "dns/presentation_print.hpp"

#include <algorithm>
#include <map>

namespace homing::dns {

namespace {

namespace key = service_parameter;
using octets = std::vector<std::uint8_t>;

constexpr std::pair<std::string_view, std::uint16_t> key_names[] = {
    {"mandatory", key::mandatory}, {"alpn", key::alpn},         {"no-default-alpn", key::no_default_alpn},
    {"port", key::port},           {"ipv4hint", key::ipv4hint}, {"ech", key::ech},
    {"ipv6hint", key::ipv6hint},   {"dohpath", key::dohpath},   {"ohttp", key::ohttp},
};

std::optional<std::uint16_t> generic_key(std::string_view word)
{
    if (!equal_words(word.substr(0, 3), "key") || word.size() < 4 || (word[3] == '0' && word.size() > 4))
        return {};
    auto const v = read_number(word.substr(3), 65534); // 65535 is no key: RFC 9460 14.3
    return v ? std::optional{static_cast<std::uint16_t>(*v)} : std::nullopt;
}

std::optional<std::uint16_t> named_key(std::string_view word)
{
    for (auto const& [name, number] : key_names)
        if (equal_words(name, word))
            return number;
    return {};
}

std::optional<std::uint16_t> any_key(std::string_view word)
{
    auto const k = named_key(word);
    return k ? k : generic_key(word);
}

void put16(octets& out, std::size_t v)
{
    out.push_back(static_cast<std::uint8_t>(v >> 8));
    out.push_back(static_cast<std::uint8_t>(v));
}

/// Calls f(item) for the comma-separated items; false as soon as one call is.
template <class F>
bool each_item(std::string_view list, F&& f)
{
    for (;;) {
        auto const comma = list.find(',');
        if (!f(list.substr(0, comma)))
            return false;
        if (comma == std::string_view::npos)
            return true;
        list.remove_prefix(comma + 1);
    }
}

bool parse_mandatory(std::string_view value, octets& out)
{
    std::vector<std::uint16_t> keys;
    bool const good = each_item(value, [&](std::string_view item) {
        auto const k = any_key(item);
        keys.push_back(k.value_or(0));
        return k && *k != key::mandatory;
    });
    std::sort(keys.begin(), keys.end());
    for (auto const k : keys)
        put16(out, k);
    return good && std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

/// RFC 9460 A.1: a comma or a backslash inside an item has a backslash before it. `value` is the string after its own escapes.
bool parse_alpn(octets const& value, octets& out)
{
    std::size_t start = out.size();
    out.push_back(0);
    auto const close = [&] {
        std::size_t const size = out.size() - start - 1;
        out[start] = static_cast<std::uint8_t>(size);
        return size != 0 && size <= 255;
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == ',') {
            if (!close())
                return false;
            start = out.size();
            out.push_back(0);
            continue;
        }
        if (value[i] == '\\' && ++i == value.size())
            return false;
        out.push_back(value[i]);
    }
    return close();
}

bool unescape(std::string_view text, octets& out)
{
    for (std::size_t i = 0; i < text.size();) {
        std::uint8_t c;
        if (!take_octet(text, i, c))
            return false;
        out.push_back(c);
    }
    return true;
}

bool parse_port(std::string_view value, octets& out)
{
    auto const v = read_number(value, 65535);
    put16(out, v.value_or(0));
    return v.has_value();
}

bool parse_base64(std::string_view value, octets& out)
{
    base64_decoder base64{out};
    return !value.empty() && base64.add(value) && base64.finish();
}

bool parse_value(std::uint16_t k, std::string_view value, octets& out)
{
    switch (k) {
    case key::mandatory: return parse_mandatory(value, out);
    case key::alpn: {
        octets plain;
        return unescape(value, plain) && parse_alpn(plain, out);
    }
    case key::no_default_alpn:
    case key::ohttp: return value.empty();
    case key::port: return parse_port(value, out);
    case key::ipv4hint: return each_item(value, [&](std::string_view item) { return append_ipv4(item, out); });
    case key::ech: return parse_base64(value, out);
    case key::ipv6hint: return each_item(value, [&](std::string_view item) { return append_ipv6(item, out); });
    default: return unescape(value, out);
    }
}

/// One parameter: `key`, `key=value`, or `key=` with a quoted word glued to it, which then is taken too.
struct parameter_text {
    std::string_view key, value;
};

std::optional<parameter_text> take_parameter(std::span<text_token const>& words)
{
    auto const word = words[0];
    words = words.subspan(1);
    if (word.quoted)
        return {};
    auto const equals = word.text.find('=');
    if (equals == std::string_view::npos)
        return parameter_text{word.text, {}};
    parameter_text p{word.text.substr(0, equals), word.text.substr(equals + 1)};
    if (words.empty() || !words[0].glued)
        return p;
    if (!p.value.empty() || !words[0].quoted)
        return {};
    p.value = words[0].text;
    words = words.subspan(1);
    return p;
}

using parameter_map = std::map<std::uint16_t, octets>;

/// RFC 9460 7.1.1 and 8: what a parameter presupposes is there too.
bool is_consistent(parameter_map const& parameters, std::string& error)
{
    if (parameters.contains(key::no_default_alpn) && !parameters.contains(key::alpn)) {
        error = "no-default-alpn stands without alpn";
        return false;
    }
    auto const mandatory = parameters.find(key::mandatory);
    if (mandatory == parameters.end())
        return true;
    auto const& list = mandatory->second;
    for (std::size_t i = 0; i + 1 < list.size(); i += 2) // key0=... may hold anything
        if (!parameters.contains(static_cast<std::uint16_t>(list[i] * 256U + list[i + 1]))) {
            error = "mandatory names a key that is not there";
            return false;
        }
    return true;
}

} // namespace

bool parse_service_parameters(std::span<text_token const> words, octets& out, std::string& error)
{
    parameter_map parameters;
    while (!words.empty()) {
        auto const whole = quote(words[0].text);
        auto const p = take_parameter(words);
        auto const k = p ? any_key(p->key) : std::nullopt;
        if (!k) {
            error = whole + " is not key=value with a key of RFC 9460 or key123";
            return false;
        }
        octets value;
        bool const good = named_key(p->key) ? parse_value(*k, p->value, value) : unescape(p->value, value);
        if (!good || value.size() > 65535) {
            error = std::string{p->key} + " has a value that it cannot have: " + quote(p->value);
            return false;
        }
        if (!parameters.emplace(*k, std::move(value)).second) {
            error = std::string{p->key} + " is there twice";
            return false;
        }
    }
    if (!is_consistent(parameters, error))
        return false;
    for (auto const& [k, value] : parameters) {
        put16(out, k);
        put16(out, value.size());
        out.insert(out.end(), value.begin(), value.end());
    }
    return true;
}

namespace {

std::string key_text(std::size_t k)
{
    return k < key::dohpath ? std::string{key_names[k].first} : "key" + std::to_string(k);
}

std::size_t get16(std::span<std::uint8_t const> b)
{
    return b[0] * 256U + b[1];
}

bool print_alpn(std::string& out, std::span<std::uint8_t const> value)
{
    octets list;
    while (!value.empty()) {
        if (value[0] == 0 || value[0] >= value.size())
            return false;
        if (!list.empty())
            list.push_back(',');
        for (auto const c : value.subspan(1, value[0])) {
            if (c == ',' || c == '\\')
                list.push_back('\\');
            list.push_back(c);
        }
        value = value.subspan(value[0] + 1U);
    }
    print_string(out, list);
    return !list.empty();
}

/// Items of `size` octets with commas between them.
template <class Print>
bool print_list(std::string& out, std::span<std::uint8_t const> value, std::size_t size, Print&& print)
{
    if (value.empty() || value.size() % size != 0)
        return false;
    for (std::size_t i = 0; i < value.size(); i += size) {
        if (i != 0)
            out += ',';
        print(value.subspan(i, size));
    }
    return true;
}

bool print_value(std::string& out, std::size_t k, std::span<std::uint8_t const> value)
{
    switch (k) {
    case key::mandatory: return print_list(out, value, 2, [&](auto v) { out += key_text(get16(v)); });
    case key::alpn: return print_alpn(out, value);
    case key::no_default_alpn: return value.empty();
    case key::port: return print_list(out, value, 2, [&](auto v) { out += std::to_string(get16(v)); }) && value.size() == 2;
    case key::ipv4hint: return print_list(out, value, 4, [&](auto v) { print_ipv4(out, v); });
    case key::ech: append_base64(out, value); return !value.empty();
    case key::ipv6hint: return print_list(out, value, 16, [&](auto v) { print_ipv6(out, v); });
    default: print_string(out, value); return true;
    }
}

} // namespace

bool print_service_parameters(std::string& out, std::span<std::uint8_t const> bytes)
{
    while (!bytes.empty()) {
        if (bytes.size() < 4 || get16(bytes.subspan(2)) > bytes.size() - 4)
            return false;
        std::size_t const k = get16(bytes);
        auto const value = bytes.subspan(4, get16(bytes.subspan(2)));
        out += ' ' + key_text(k);
        if (!value.empty()) {
            out += '=';
            if (!print_value(out, k, value))
                return false;
        }
        bytes = bytes.subspan(4 + value.size());
    }
    return true;
}

} // namespace homing::dns
