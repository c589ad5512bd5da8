// Writing zones and their RRsets.
//
// Within a transaction of the connection that writes; throws sqlite_error.
#pragma once

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
    /// The serial of its SOA; 0 if that cannot be read.
    std::uint32_t serial(std::int64_t zone);

    /// Gives the zone these contents, adding it if there is none with this number; true if it was there. Of a zone that was there only
    /// what differs is written.
    bool put(std::int64_t zone, zone::contents const&);
    /// False if there is none.
    bool remove(std::int64_t zone);
    /// Writes or removes one RRset of a stored zone.
    void set(std::int64_t zone, dns::name_view apex, dns::name_view owner, dns::rrset const&, dns::rr_type);

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
