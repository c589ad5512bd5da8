#include "storage/follow_table.hpp"

#include <set>

namespace homing::storage {

namespace {

octets octets_of(std::string const& s)
{
    return {reinterpret_cast<std::uint8_t const*>(s.data()), s.size()};
}

std::string text_of(octets o)
{
    return {o.begin(), o.end()};
}

/// A name, or nothing.
std::string read_name(octets o, std::string const& path)
{
    auto const name = dns::name_view::parse(o);
    if (!o.empty() && (!name || name->size() != o.size()))
        throw refusal{path + " is damaged: the name of a followed zone cannot be read; restore it from a backup"};
    return text_of(o);
}

struct by_value {
    using is_transparent = void;
    bool operator()(auto const& a, auto const& b) const { return *a < *b; }
};

} // namespace

follow_table::follow_table(connection& c)
    : put_{c, "INSERT INTO followed_zone (apex, primaries, key, catalog, label, is_catalog, is_expired, refreshed_ms, expires_ms) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET primaries = excluded.primaries, key = "
              "excluded.key, catalog = excluded.catalog, label = excluded.label, is_catalog = excluded.is_catalog, is_expired = "
              "excluded.is_expired, refreshed_ms = excluded.refreshed_ms, expires_ms = excluded.expires_ms"},
      delete_{c, "DELETE FROM followed_zone WHERE apex = ?1"},
      all_{c, "SELECT apex, primaries, key, catalog, label, is_catalog, is_expired, refreshed_ms, expires_ms FROM followed_zone "
              "ORDER BY apex"}
{
}

void follow_table::put(follow_record const& r)
{
    put_.run(octets_of(r.apex), std::string_view{r.source->primaries}, octets_of(r.source->key), octets_of(r.source->catalog),
             octets_of(r.label), std::int64_t{r.is_catalog}, std::int64_t{r.is_expired}, r.refreshed_ms, r.expires_ms);
}

void follow_table::remove(std::string const& apex)
{
    delete_.run(octets_of(apex));
}

std::vector<follow_record> follow_table::load(std::string const& path)
{
    row_scope const scope{all_};
    std::vector<follow_record> records;
    std::set<std::shared_ptr<follow_source const>, by_value> sources;
    while (all_.step()) {
        follow_record& r = records.emplace_back();
        r.apex = read_name(all_.blob(0), path);
        auto source = std::make_shared<follow_source const>(follow_source{
            std::string{all_.text(1)}, read_name(all_.blob(2), path), read_name(all_.blob(3), path)});
        r.source = *sources.insert(std::move(source)).first;
        r.label = text_of(all_.blob(4));
        r.is_catalog = all_.integer(5) != 0;
        r.is_expired = all_.integer(6) != 0;
        r.refreshed_ms = all_.integer(7);
        r.expires_ms = all_.integer(8);
    }
    return records;
}

} // namespace homing::storage
