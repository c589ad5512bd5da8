#include "storage/token_table.hpp"

#include <algorithm>

namespace homing::storage {

namespace {

[[noreturn]] void refuse(std::string const& path, std::string const& name)
{
    throw refusal{path + " is damaged: the token " + name + " cannot be read; restore it from a backup"};
}

/// Names in wire form, one after the other.
std::vector<std::uint8_t> packed(std::vector<dns::name> const& names)
{
    std::vector<std::uint8_t> all;
    for (auto const& n : names)
        all.insert(all.end(), n.data(), n.data() + n.size());
    return all;
}

/// False if they are none.
bool unpack(octets all, std::vector<dns::name>& names)
{
    while (!all.empty()) {
        auto const name = dns::name_view::parse(all);
        if (!name)
            return false;
        names.emplace_back(*name);
        all = all.subspan(name->size());
    }
    return true;
}

} // namespace

token_table::token_table(connection& c)
    : put_{c, "INSERT INTO api_token (name, hash, is_read_only, below, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
              "ON CONFLICT DO UPDATE SET hash = excluded.hash, is_read_only = excluded.is_read_only, below = excluded.below, "
              "created = excluded.created, expires = excluded.expires"},
      delete_{c, "DELETE FROM api_token WHERE name = ?1"},
      all_{c, "SELECT name, hash, is_read_only, below, created, expires FROM api_token ORDER BY name"},
      put_setting_{c, "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value"},
      all_settings_{c, "SELECT name, value FROM setting"}
{
}

void token_table::put(token_record const& t)
{
    auto const below = packed(t.below);
    put_.run(std::string_view{t.name}, octets{t.hash}, std::int64_t{t.is_read_only}, octets{below}, t.created, t.expires);
}

void token_table::remove(std::string_view name)
{
    delete_.run(name);
}

void token_table::put_setting(std::string_view name, std::string_view value)
{
    put_setting_.run(name, value);
}

access_records token_table::load(std::string const& path)
{
    access_records all;
    {
        row_scope const scope{all_};
        while (all_.step()) {
            token_record& t = all.tokens.emplace_back();
            t.name = all_.text(0);
            auto const hash = all_.blob(1);
            if (hash.size() != t.hash.size() || !unpack(all_.blob(3), t.below))
                refuse(path, t.name);
            std::copy(hash.begin(), hash.end(), t.hash.begin());
            t.is_read_only = all_.integer(2) != 0;
            t.created = all_.integer(4);
            t.expires = all_.integer(5);
        }
    }
    row_scope const scope{all_settings_};
    while (all_settings_.step())
        all.settings.emplace(all_settings_.text(0), all_settings_.text(1));
    return all;
}

} // namespace homing::storage
