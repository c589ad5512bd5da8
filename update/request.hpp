// What can be asked of the writer, whichever way it came in. Plain values: made on the thread that received, moved to the
// writer's.
#pragma once

#include "dns/message.hpp"
#include "storage/store.hpp"
#include "update/access_request.hpp"
#include "update/host_request.hpp"
#include "update/received_zone.hpp"
#include "update/secondaries.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace homing::update {

/// A record of the prerequisite or update section as it came: class and TTL still say which form it is (RFC 2136 2.4, 2.5).
struct raw_record {
    dns::name owner;
    dns::rr_type type = dns::rr_type::none;
    dns::rr_class klass = dns::rr_class::in;
    std::uint32_t ttl = 0;
    std::vector<std::uint8_t> rdata; ///< validated and decompressed where the form carries data; empty otherwise
};

/// An RFC 2136 UPDATE whose TSIG is verified.
struct dns_update {
    dns::name zone;     ///< as in the zone section
    dns::name key_name; ///< whose signature it carries; set by who verified it
    /// The secret that verified it, kept alive by who submitted it; null: not looked at. A key that has lost it meanwhile does not count.
    dns::tsig_key const* secret = nullptr;
    std::vector<raw_record> prerequisites, updates;
    std::optional<storage::seen_update> signature; ///< of the message (replay_memory.hpp); unset: not to be remembered
    dns::rr_class zone_class = dns::rr_class::in;  ///< for any other than IN both sections stay empty: no such zone is served
    /// How the sections break the syntax, empty if they do not. They are then incomplete, and the update is FORMERR, unless already the zone
    /// is not served (RFC 2136 3.1 comes before 3.2).
    std::string fault = {};
};

/// RRsets set and deleted by the operator (`homing record`), all in one zone, all or nothing. An rrset without records deletes; one with type
/// `none` deletes the whole name.
struct edit {
    struct item {
        dns::name owner;
        dns::rrset rrset; ///< valid rdata
    };
    std::vector<item> items;
    std::optional<dns::name> zone; ///< unset: the zone that the first item's owner belongs to
};

/// A change of a zone taken back (undo_plan.hpp): RRsets get what they held before it, all or nothing, provided that each holds what is expected of
/// it when the writer comes to it. A SOA's serial is not looked at, and goes on.
struct undo {
    struct item {
        dns::name owner;
        dns::rrset expected, wanted; ///< of one type; without records for none
    };
    dns::name zone;
    std::int64_t zone_id; ///< the zone's number when the change was made: a new zone of the same name is another one
    std::vector<item> items;
};

struct put_zone {            ///< adds a zone or replaces its contents; the serial becomes newer than the old one's
    zone::contents contents; ///< finished; checked by the writer
    bool only_if_new = false;
};
struct remove_zone {
    dns::name apex;
    bool is_by_catalog = false; ///< its catalog zone has it no more, or is not followed any more: else REFUSED for a member of one
};
struct put_key {
    storage::key_record key; ///< its grants get their numbers from the writer
    bool only_if_new = true;
};
/// Changes a key that is there.
struct change_key {
    /// Nothing changes if the key has one like it. It gets its number from the writer.
    struct add_grant {
        storage::grant what;
    };
    struct revoke {
        std::uint32_t number;
    };
    /// A new secret at once; the one before stays good until then (seconds since 1970), an older one does not. Not later than now: is gone.
    struct rotate {
        dns::tsig_algorithm algorithm;
        std::vector<std::uint8_t> secret;
        std::int64_t retires = 0;
    };
    struct enable {
        bool on;
    };
    struct expire {
        std::int64_t at; ///< seconds since 1970; 0: never
    };
    dns::name key_name;
    std::variant<add_grant, revoke, rotate, enable, expire> step;
};
struct remove_key {
    dns::name key_name;
};

struct request {
    std::variant<dns_update, edit, undo, put_zone, remove_zone, put_key, change_key, remove_key, put_host, remove_host,
                 host_update, lapse_host, save_hosts, put_secondary, remove_secondary, put_token, remove_token, put_setting,
                 follow_zone, received_zone, zones_refreshed, expire_zone>
        what;
    storage::change_origin origin;
};

/// Octets that a request keeps in memory while it waits, roughly.
std::size_t weight(request const&) noexcept;

/// How it ended.
struct outcome {
    dns::rcode rcode = dns::rcode::noerror;
    bool changed = false;     ///< something was written (and the zone's serial advanced)
    std::uint32_t serial = 0; ///< of the zone afterwards; 0 where there is none
    std::string reason;       ///< for everything but noerror: why, for a person
    /// The record that the reason is about: its owner, as text, and its type. Empty and `none` where it is about no one record.
    std::string name = {};
    dns::rr_type type = dns::rr_type::none;

    bool ok() const noexcept { return rcode == dns::rcode::noerror; }
};

/// An outcome that changed nothing, with the reason.
inline outcome decline(dns::rcode rcode, std::string reason)
{
    return {rcode, false, 0, std::move(reason)};
}
inline outcome decline(dns::rcode rcode, std::string reason, dns::name_view name, dns::rr_type type)
{
    return {rcode, false, 0, std::move(reason), name.to_string(), type};
}

/// Takes an UPDATE apart: classes, types, TTLs and rdata as RFC 2136 2 and the pre-scans of 3.2 and 3.4.1 want them; dns_update::fault says where
/// they are not so. A failure is FORMERR, with the reason: the zone section does not name a zone by its SOA. The key name is still to be set. Whether
/// names are in the zone is the writer's to say. Precondition: request_view read this message without error and its opcode is
/// update; the caller verified TSIG. Any thread.
dns::result<dns_update> read_update(std::span<std::uint8_t const> message, dns::request_view const&);

} // namespace homing::update
