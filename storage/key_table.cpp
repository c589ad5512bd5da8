#include "storage/key_table.hpp"

#include "dns/presentation.hpp"

namespace homing::storage {

namespace {

[[noreturn]] void refuse(std::string const& path, std::string const& what)
{
    throw refusal{path + " is damaged: " + what + " cannot be read; restore it from a backup"};
}

dns::name read_name(octets bytes, std::string const& path, char const* what)
{
    auto const name = dns::name_view::parse(bytes);
    if (!name || name->size() != bytes.size())
        refuse(path, what);
    return *name;
}

std::vector<std::uint8_t> copy(octets o)
{
    return {o.begin(), o.end()};
}

template <class Text, class F>
std::string join(Text const& items, F const& text)
{
    std::string joined;
    for (auto const& item : items)
        joined.append(joined.empty() ? "" : ",").append(text(item));
    return joined;
}

/// Calls f with each part of "a,b"; not for an empty text.
template <class F>
void split(std::string_view text, F&& f)
{
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        f(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// ---- columns of a grant --------------------------------------------------------------------------------------------

std::string types_text(std::vector<dns::rr_type> const& types)
{
    return join(types, [](dns::rr_type t) { return dns::to_string(t); });
}

std::vector<dns::rr_type> read_types(std::string_view text, std::string const& path)
{
    std::vector<dns::rr_type> types;
    split(text, [&](std::string_view word) {
        auto const type = dns::rr_type_from_text(word);
        if (!type)
            refuse(path, "a grant of a key");
        types.push_back(*type);
    });
    return types;
}

std::string rights_text(rights const& may)
{
    return join(words_of(may), [](std::string_view w) { return w; });
}

rights read_rights(std::string_view text, std::string const& path)
{
    rights may;
    split(text, [&](std::string_view word) {
        if (word != "update" && word != "transfer" && word != "query")
            refuse(path, "a grant of a key");
        may.update = may.update || word == "update";
        may.transfer = may.transfer || word == "transfer";
        may.query = may.query || word == "query";
    });
    return may;
}

std::vector<std::uint8_t> label_octets(label_set const& labels)
{
    std::vector<std::uint8_t> out;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i])
            out.push_back(static_cast<std::uint8_t>(i));
    return out;
}

label_set read_labels(octets numbers, std::size_t count, std::string const& path)
{
    label_set labels;
    for (std::uint8_t const i : numbers) {
        if (i >= count)
            refuse(path, "a grant of a key");
        labels.set(i);
    }
    return labels;
}

preset read_preset(std::string_view text, std::string const& path)
{
    if (text.empty())
        return preset::none;
    auto const p = preset_from_text(text);
    if (!p)
        refuse(path, "a grant of a key");
    return *p;
}

// ---- columns of a key ----------------------------------------------------------------------------------------------

dns::tsig_algorithm read_algorithm(std::string_view text, std::string const& path, dns::name const& key)
{
    auto const algorithm = dns::tsig_algorithm_from_text(text);
    if (!algorithm)
        refuse(path, "key " + key.to_string());
    return *algorithm;
}

std::optional<retired_secret> read_retired(statement const& row, int first, std::string const& path, dns::name const& key)
{
    if (row.blob(first + 1).empty())
        return {};
    return retired_secret{read_algorithm(row.text(first), path, key), copy(row.blob(first + 1)), row.integer(first + 2)};
}

} // namespace

key_table::key_table(connection& c)
    : put_key_{c, "INSERT INTO tsig_key (name, algorithm, secret, is_disabled, expires, secret_time, retired_algorithm, "
                  "retired_secret, retired_until, grants_made) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
                  "ON CONFLICT DO UPDATE SET algorithm = excluded.algorithm, secret = excluded.secret, is_disabled = "
                  "excluded.is_disabled, expires = excluded.expires, secret_time = excluded.secret_time, retired_algorithm = "
                  "excluded.retired_algorithm, retired_secret = excluded.retired_secret, retired_until = excluded.retired_until, "
                  "grants_made = excluded.grants_made"},
      delete_key_{c, "DELETE FROM tsig_key WHERE name = ?1"},
      put_grant_{c, "INSERT INTO key_grant (key, number, preset, name, any_labels, is_exact, at_apex, types, may) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET preset = excluded.preset, name = "
                    "excluded.name, any_labels = excluded.any_labels, is_exact = excluded.is_exact, at_apex = excluded.at_apex, "
                    "types = excluded.types, may = excluded.may"},
      delete_grant_{c, "DELETE FROM key_grant WHERE key = ?1 AND number = ?2"},
      delete_grants_{c, "DELETE FROM key_grant WHERE key = ?1"},
      put_use_{c, "INSERT INTO key_use (key, time, address, what) SELECT name, ?2, ?3, ?4 FROM tsig_key WHERE name = ?1 "
                  "ON CONFLICT DO UPDATE SET time = excluded.time, address = excluded.address, what = excluded.what"},
      keys_{c, "SELECT name, algorithm, secret, is_disabled, expires, secret_time, grants_made, retired_algorithm, "
               "retired_secret, retired_until FROM tsig_key ORDER BY name"},
      grants_{c, "SELECT number, preset, name, any_labels, is_exact, at_apex, types, may FROM key_grant WHERE key = ?1 "
                 "ORDER BY number"},
      use_{c, "SELECT time, address, what FROM key_use WHERE key = ?1"}
{
}

void key_table::put(key_record const& key)
{
    change(key);
    dns::name const name = key.key_name.to_lower();
    delete_grants_.run(name.view().bytes());
    for (grant const& g : key.grants)
        put_grant(name, g);
}

void key_table::change(key_record const& key)
{
    dns::name const name = key.key_name.to_lower();
    retired_secret const retired = key.retired.value_or(retired_secret{});
    put_key_.run(name.view().bytes(), dns::to_string(key.algorithm), octets{key.secret}, std::int64_t{key.is_disabled},
                 key.expires, key.secret_time, key.retired ? dns::to_string(retired.algorithm) : std::string_view{},
                 octets{retired.secret}, retired.until, std::int64_t{key.grants_made});
}

void key_table::remove(dns::name_view key_name)
{
    dns::name const name = dns::name{key_name}.to_lower();
    delete_key_.run(name.view().bytes());
}

void key_table::put_grant(dns::name_view key_name, grant const& g)
{
    dns::name const name = dns::name{key_name}.to_lower();
    auto const any = label_octets(g.any);
    std::string const types = types_text(g.types), may = rights_text(g.may);
    put_grant_.run(name.view().bytes(), std::int64_t{g.number}, to_string(g.preset), g.where.view().bytes(), octets{any},
                   std::int64_t{g.exact}, std::int64_t{g.at_apex}, std::string_view{types}, std::string_view{may});
}

void key_table::remove_grant(dns::name_view key_name, std::uint32_t number)
{
    dns::name const name = dns::name{key_name}.to_lower();
    delete_grant_.run(name.view().bytes(), std::int64_t{number});
}

void key_table::put_use(dns::name_view key_name, key_use const& use)
{
    dns::name const name = dns::name{key_name}.to_lower();
    put_use_.run(name.view().bytes(), use.time, std::string_view{use.address}, std::string_view{use.what});
}

std::vector<key_record> key_table::load(std::string const& path)
{
    row_scope const scope{keys_};
    std::vector<key_record> keys;
    while (keys_.step()) {
        key_record& key = keys.emplace_back();
        key.key_name = read_name(keys_.blob(0), path, "the name of a key");
        key.algorithm = read_algorithm(keys_.text(1), path, key.key_name);
        key.secret = copy(keys_.blob(2));
        if (key.secret.empty())
            refuse(path, "key " + key.key_name.to_string());
        key.is_disabled = keys_.integer(3) != 0;
        key.expires = keys_.integer(4);
        key.secret_time = keys_.integer(5);
        key.grants_made = static_cast<std::uint32_t>(keys_.integer(6));
        key.retired = read_retired(keys_, 7, path, key.key_name);
        key.grants = grants_of(keys_.blob(0), path);
        key.last_use = use_of(keys_.blob(0));
    }
    return keys;
}

std::vector<grant> key_table::grants_of(octets key, std::string const& path)
{
    row_scope const scope{grants_};
    std::vector<grant> grants;
    grants_.bind(key);
    while (grants_.step()) {
        grant& g = grants.emplace_back();
        g.number = static_cast<std::uint32_t>(grants_.integer(0));
        g.preset = read_preset(grants_.text(1), path);
        g.where = read_name(grants_.blob(2), path, "a grant of a key");
        g.any = read_labels(grants_.blob(3), g.where.view().label_count(), path);
        g.exact = grants_.integer(4) != 0;
        g.at_apex = grants_.integer(5) != 0;
        g.types = read_types(grants_.text(6), path);
        g.may = read_rights(grants_.text(7), path);
    }
    return grants;
}

key_use key_table::use_of(octets key)
{
    row_scope const scope{use_};
    use_.bind(key);
    if (!use_.step())
        return {};
    return {use_.integer(0), std::string{use_.text(1)}, std::string{use_.text(2)}};
}

} // namespace homing::storage
