// A TSIG key as it is stored, with what it may do. Plain values; what they mean is said where they are judged: update/policy.hpp.
#pragma once

#include "dns/tsig.hpp"

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace homing::storage {

/// A bundle of rights that a kind of client needs. Stored by name, so that a listing can name it and what it means stays in one place.
enum class preset : std::uint8_t { none, host, acme, dhcp, external_dns, zone, admin };

/// "external-dns"; "" for none.
std::string_view to_string(preset) noexcept;
/// Nothing for what is no preset.
std::optional<preset> preset_from_text(std::string_view) noexcept;

/// Labels of a name, counted from the root: bit 0 is the one just below it.
using label_set = std::bitset<dns::max_labels>;

struct rights {
    bool update = false;
    bool transfer = false;
    bool query = false;

    friend bool operator==(rights const&, rights const&) = default;
};
/// "update", "transfer", "query": those that there are, in this order.
std::vector<std::string_view> words_of(rights const&);

/// One right of a key: where, which types, what. With a preset, that says it all but `where`.
struct grant {
    std::uint32_t number = 0; ///< of the key, from 1, never given twice; 0: not given one yet
    dns::name where;          ///< lower case
    label_set any;            ///< labels of `where` that stand for any one label
    storage::preset preset = preset::none;
    bool exact = false;   ///< the name alone, without those below it
    bool at_apex = false; ///< also at the apex of a zone
    rights may{};
    std::vector<dns::rr_type> types; ///< ascending; empty: all but SOA, NS and DNSSEC's; `any` alone: all

    /// Everything that this server has.
    static grant admin() noexcept
    {
        grant g;
        g.preset = preset::admin;
        return g;
    }
    static grant of(storage::preset p, dns::name_view where) noexcept
    {
        grant g;
        g.where = dns::name{where}.to_lower();
        g.preset = p;
        return g;
    }
    /// The same but for its number.
    bool is_like(grant const& other) const noexcept;
};

/// A secret that another one has replaced, still good for a while.
struct retired_secret {
    dns::tsig_algorithm algorithm{};
    std::vector<std::uint8_t> secret;
    std::int64_t until = 0; ///< seconds since 1970: the last one in which it is good
};

/// The last time that a message came whose signature was right.
struct key_use {
    std::int64_t time = 0; ///< seconds since 1970; 0: never
    std::string address;   ///< "192.0.2.1#53124"
    std::string what;      ///< "update by dns/udp"
};

struct key_record {
    dns::name key_name; ///< lower case
    dns::tsig_algorithm algorithm{};
    std::vector<std::uint8_t> secret;
    std::vector<grant> grants;
    std::uint32_t grants_made = 0; ///< the highest number that a grant of this key has had
    std::int64_t secret_time = 0;  ///< when the secret was made, seconds since 1970; 0: not known
    std::optional<retired_secret> retired;
    std::int64_t expires = 0; ///< seconds since 1970: from then on it counts for nothing; 0: never
    bool is_disabled = false;
    key_use last_use;
};

} // namespace homing::storage
