// What can be asked of the writer about dynamic hosts. Plain values.
#pragma once

#include "storage/host_record.hpp"
#include "storage/key_record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace homing::update {

/// A new host, or new settings for one: what it did so far stays.
struct put_host {
    storage::host_record host;
    std::optional<storage::key_record> key; ///< a new key that comes with it; declined if there is one of that name
    bool only_if_new = true;
};
/// The host goes, with the key of its name, and its addresses leave the zone.
struct remove_host {
    dns::name name;
    bool keeps_addresses = false;
};

/// What is to happen to the addresses of one family.
struct address_wish {
    enum class kind : std::uint8_t { leave, set, remove };
    kind what = kind::leave;
    std::vector<std::uint8_t> rdata = {}; ///< to set: one address
};
struct ipv6_prefix {
    storage::ipv6_octets octets{}; ///< zero after the prefix
    unsigned length = 0;           ///< bits
};

enum class host_status : std::uint8_t { good, nochg, nohost, notfqdn, dnserr };

/// Addresses for some hosts, and, by a prefix, for all hosts of the key that keep an interface identifier: all of it or nothing. (A host that
/// is not there, or not the key's, takes no part.)
struct host_update {
    struct named_host {
        std::optional<dns::name> name; ///< nothing: what was given is no name of a host
        host_status status = host_status::notfqdn;
        std::string addresses = {}; ///< those that it has by this, as text with a comma between them
    };
    dns::name key_name;            ///< of who is known to have asked
    std::vector<named_host> hosts; ///< the writer fills in how it went
    address_wish ipv4, ipv6;
    std::optional<ipv6_prefix> prefix;
};

/// Takes the addresses of a host whose lease has run out from the zone; nothing happens if it has not.
struct lapse_host {
    dns::name name;
};
/// Stores what was confirmed lately.
struct save_hosts {};

} // namespace homing::update
