// Writing zones and their RRsets.
//
// Within a transaction of the connection that writes; throws sqlite_error.
#pragma once

#include "storage/backlog.hpp"
#include "storage/journal_changes.hpp"
#include "zone/contents.hpp"

#include <optional>
#include <unordered_map>
#include <vector>

namespace homing::storage {

class zone_table {
public:
    explicit zone_table(connection&);

    /// The zone's apex, or null if there is no such zone. Valid until the next call.
    dns::name const* apex(std::int64_t zone);

    /// Gives the zone these contents, adding it if there is none with this number; true if it was there. Of a zone that was there only
    /// what differs is written.
    bool put(std::int64_t zone, zone::contents const&);
    /// False if there is none.
    bool remove(std::int64_t zone);
    /// Writes one RRset of a stored zone, or removes it if it has no records (as dns::rrset::packed()).
    void set(rrset_key const&, std::uint32_t ttl, octets records);
    /// The row's value: empty if there is none, nothing if it is damaged.
    std::optional<dns::rrset> find(rrset_key const&);

    /// Reads afresh what is remembered of the stored zones: call after a transaction was taken back.
    void forget() { apexes_.clear(); }
    /// The number for the next new zone.
    std::int64_t next_id();

private:
    class replacement;
    void write(std::int64_t zone, zone::contents::entry const&, dns::name_view apex, statement&);

    connection& connection_;
    statement find_zone_, insert_zone_, delete_zone_, delete_rrsets_;
    statement find_rrset_, insert_, upsert_, delete_, scan_;
    std::unordered_map<std::int64_t, dns::name> apexes_; // of recently changed zones
};

} // namespace homing::storage
