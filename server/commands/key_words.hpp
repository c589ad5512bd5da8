// Words about keys that several commands read.
//
// As thread safe as the console.
#pragma once

#include "server/commands/command.hpp"
#include "server/commands/speech.hpp"
#include "storage/key_record.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace homing::server {

/// Seconds since 1970.
std::int64_t now_seconds();

/// A key of the ring, which it keeps.
struct found_key {
    std::shared_ptr<update::key_ring const> ring;
    update::granted_key const* key;

    update::granted_key const* operator->() const noexcept { return key; }
    update::granted_key const& operator*() const noexcept { return *key; }
};

/// The key that the word "KEY" names; otherwise says why not, and `code` is what the command ends with.
std::optional<found_key> find_key(console&, arguments const&, open_store&, exit_code& code);

/// What --algorithm says, or `usual`.
std::optional<dns::tsig_algorithm> read_algorithm(console&, arguments const&, dns::tsig_algorithm usual);
/// What --secret says, or a random one.
std::optional<std::vector<std::uint8_t>> read_secret(console&, arguments const&, dns::tsig_algorithm);

/// "never", a length of time from now, or a point in time: seconds since 1970, 0 for never. Otherwise says which forms there are.
std::optional<std::int64_t> read_expiry(console&, std::string_view);

/// The key as stored, with its latest use.
storage::key_record current_record(open_store&, update::granted_key const&);

/// Warns of grants for names that no zone here holds, and of a zone's apex that a grant leaves out though it names it.
void warn_of_surprises(console&, open_store&, std::vector<storage::grant> const&);

} // namespace homing::server
