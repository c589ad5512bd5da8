// What can be asked of the writer, whichever way it came in. Plain values: made on the thread that received, moved to the
// writer's.
#pragma once

#include "dns/message.hpp"
#include "storage/store.hpp"

#include <variant>
#include <vector>

namespace homing::update {

/// A record of the prerequisite or update section as it came: class and TTL still say which form it is (RFC 2136 2.4, 2.5).
struct raw_record {
    dns::name owner;
    dns::rr_type type;
    dns::rr_class klass;
    std::uint32_t ttl;
    std::vector<std::uint8_t> rdata; ///< validated and decompressed where the form carries data; empty otherwise
};

/// An RFC 2136 UPDATE whose TSIG is verified.
struct dns_update {
    dns::name zone;     ///< as in the zone section
    dns::name key_name; ///< whose signature it carries
    std::vector<raw_record> prerequisites, updates;
};

/// RRsets set and deleted by the operator (`homing record`), all in one zone, all or nothing. An rrset without records deletes; one with type
/// `none` deletes the whole name.
struct edit {
    struct item {
        dns::name owner;
        dns::rrset rrset;
    };
    std::vector<item> items;
};

struct put_zone { ///< adds a zone or replaces its contents; the serial becomes newer than the old one's
    zone::contents contents; ///< finished; checked by the writer
    bool only_if_new = false;
};
struct remove_zone {
    dns::name apex;
};
struct put_key {
    storage::key_record key;
    bool only_if_new = true;
};
struct remove_key {
    dns::name key_name;
};

struct request {
    std::variant<dns_update, edit, put_zone, remove_zone, put_key, remove_key> what;
    storage::change_origin origin;
};

/// How it ended.
struct outcome {
    dns::rcode rcode = dns::rcode::noerror;
    bool changed = false;      ///< something was written (and the zone's serial advanced)
    std::uint32_t serial = 0;  ///< of the zone afterwards
    std::string reason;        ///< for everything but noerror: why, for a person
};

/// Takes an UPDATE apart: counts, classes, types and rdata as RFC 2136 2 and 3.4.1.2's syntax wants them. FORMERR (with the reason) or
/// the update. Precondition: request_view read this message without error and its opcode is update; the caller verified TSIG.
dns::result<dns_update> read_update(std::span<std::uint8_t const> message, dns::request_view const&);

} // namespace homing::update
