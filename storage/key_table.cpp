#include "storage/key_table.hpp"

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

} // namespace

key_table::key_table(connection& c)
    : put_key_{c, "INSERT INTO tsig_key (name, algorithm, secret) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT DO UPDATE SET algorithm = excluded.algorithm, secret = excluded.secret"},
      delete_key_{c, "DELETE FROM tsig_key WHERE name = ?1"},
      put_grant_{c, "INSERT INTO key_grant (key, position, everything, name) VALUES (?1, ?2, ?3, ?4)"},
      delete_grants_{c, "DELETE FROM key_grant WHERE key = ?1"},
      keys_{c, "SELECT name, algorithm, secret FROM tsig_key ORDER BY name"},
      grants_{c, "SELECT everything, name FROM key_grant WHERE key = ?1 ORDER BY position"}
{
}

void key_table::put(key_record const& key)
{
    dns::name const name = key.key_name.to_lower();
    octets const bytes = name.view().bytes();
    put_key_.run(bytes, dns::to_string(key.algorithm), octets{key.secret});
    delete_grants_.run(bytes);
    for (std::size_t i = 0; i < key.grants.size(); ++i) {
        grant const& g = key.grants[i];
        put_grant_.run(bytes, static_cast<std::int64_t>(i), std::int64_t{g.everything}, g.where.view().bytes());
    }
}

void key_table::remove(dns::name_view key_name)
{
    dns::name const name = dns::name{key_name}.to_lower();
    delete_key_.run(name.view().bytes());
}

std::vector<key_record> key_table::load(std::string const& path)
{
    row_scope const scope{keys_};
    std::vector<key_record> keys;
    while (keys_.step()) {
        key_record& key = keys.emplace_back();
        key.key_name = read_name(keys_.blob(0), path, "the name of a key");
        auto const algorithm = dns::tsig_algorithm_from_text(keys_.text(1));
        octets const secret = keys_.blob(2);
        if (!algorithm || secret.empty())
            refuse(path, "key " + key.key_name.to_string());
        key.algorithm = *algorithm;
        key.secret.assign(secret.begin(), secret.end());
        key.grants = grants_of(keys_.blob(0), path);
    }
    return keys;
}

std::vector<grant> key_table::grants_of(octets key, std::string const& path)
{
    row_scope const scope{grants_};
    std::vector<grant> grants;
    grants_.bind(key);
    while (grants_.step())
        grants.push_back({grants_.integer(0) != 0, read_name(grants_.blob(1), path, "a grant of a key")});
    return grants;
}

} // namespace homing::storage
