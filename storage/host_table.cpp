#include "storage/host_table.hpp"

#include <algorithm>
#include <limits>

namespace homing::storage {

namespace {

[[noreturn]] void refuse(std::string const& path, std::string const& what)
{
    throw refusal{path + " is damaged: " + what + " cannot be read; restore it from a backup"};
}

dns::name read_name(octets bytes, std::string const& path)
{
    auto const name = dns::name_view::parse(bytes);
    if (!name || name->size() != bytes.size())
        refuse(path, "the name of a host");
    return *name;
}

std::vector<std::uint8_t> read_addresses(octets bytes, std::size_t size)
{
    return bytes.size() % size == 0 ? std::vector<std::uint8_t>(bytes.begin(), bytes.end()) : std::vector<std::uint8_t>{};
}

std::optional<ipv6_octets> read_suffix(octets bytes)
{
    if (bytes.size() != 16)
        return {};
    ipv6_octets suffix{};
    std::copy(bytes.begin(), bytes.end(), suffix.begin());
    return suffix;
}

octets suffix_octets(host_record const& h)
{
    return h.ipv6_suffix ? octets{*h.ipv6_suffix} : octets{};
}

} // namespace

host_table::host_table(connection& c)
    : put_{c, "INSERT INTO host (name, ttl, ipv6_suffix, expire, ipv4, ipv6, changed_ms, confirmed_ms, key, address, via, "
              "is_lapsed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET ttl = "
              "excluded.ttl, ipv6_suffix = excluded.ipv6_suffix, expire = excluded.expire, ipv4 = excluded.ipv4, ipv6 = "
              "excluded.ipv6, changed_ms = excluded.changed_ms, confirmed_ms = excluded.confirmed_ms, key = excluded.key, "
              "address = excluded.address, via = excluded.via, is_lapsed = excluded.is_lapsed"},
      delete_{c, "DELETE FROM host WHERE name = ?1"},
      all_{c, "SELECT name, ttl, ipv6_suffix, expire, ipv4, ipv6, changed_ms, confirmed_ms, key, address, via, is_lapsed "
              "FROM host ORDER BY name"}
{
}

void host_table::put(host_record const& h)
{
    put_.run(h.name.view().bytes(), std::int64_t{h.ttl}, suffix_octets(h), h.expire, octets{h.ipv4}, octets{h.ipv6}, h.changed_ms,
             h.confirmed_ms, std::string_view{h.key}, std::string_view{h.address}, std::string_view{h.via},
             std::int64_t{h.is_lapsed});
}

void host_table::remove(dns::name_view name)
{
    dns::name const lower = dns::name{name}.to_lower();
    delete_.run(lower.view().bytes());
}

std::vector<host_record> host_table::load(std::string const& path)
{
    row_scope const scope{all_};
    std::vector<host_record> hosts;
    while (all_.step()) {
        host_record& h = hosts.emplace_back();
        h.name = read_name(all_.blob(0), path);
        h.ttl = static_cast<std::uint32_t>(all_.integer(1));
        h.ipv6_suffix = read_suffix(all_.blob(2));
        h.expire = all_.integer(3);
        h.ipv4 = read_addresses(all_.blob(4), 4);
        h.ipv6 = read_addresses(all_.blob(5), 16);
        h.changed_ms = all_.integer(6);
        h.confirmed_ms = all_.integer(7);
        h.key = all_.text(8);
        h.address = all_.text(9);
        h.via = all_.text(10);
        h.is_lapsed = all_.integer(11) != 0;
    }
    return hosts;
}

} // namespace homing::storage
