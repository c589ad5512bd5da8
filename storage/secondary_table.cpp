#include "storage/secondary_table.hpp"

namespace homing::storage {

namespace {

dns::name read_name(octets bytes, std::string const& path)
{
    auto const name = dns::name_view::parse(bytes);
    if (!name || name->size() != bytes.size())
        throw refusal{path + " is damaged: the name of a secondary cannot be read; restore it from a backup"};
    return *name;
}

std::string joined(std::vector<std::string> const& addresses)
{
    std::string text;
    for (auto const& a : addresses)
        text += (text.empty() ? "" : " ") + a;
    return text;
}

std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        auto const end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

} // namespace

secondary_table::secondary_table(connection& c)
    : put_{c, "INSERT OR REPLACE INTO secondary (name, addresses, catalog, since_ms) VALUES (?1, ?2, ?3, ?4)"},
      delete_{c, "DELETE FROM secondary WHERE name = ?1"},
      all_{c, "SELECT name, addresses, catalog, since_ms FROM secondary ORDER BY since_ms, name"}
{
}

void secondary_table::put(secondary_record const& s)
{
    std::string const addresses = joined(s.addresses);
    put_.run(s.name.view().bytes(), std::string_view{addresses}, s.catalog.view().bytes(), s.since_ms);
}

void secondary_table::remove(dns::name_view name)
{
    delete_.run(name.bytes());
}

std::vector<secondary_record> secondary_table::load(std::string const& path)
{
    row_scope const scope{all_};
    std::vector<secondary_record> all;
    while (all_.step())
        all.push_back({read_name(all_.blob(0), path), split(all_.text(1)), read_name(all_.blob(2), path), all_.integer(3)});
    return all;
}

} // namespace homing::storage
