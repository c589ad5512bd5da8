// What is to be pasted into another server's configuration so that it follows this one.
//
// Pure functions; any thread.
#pragma once

#include "storage/key_record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace homing::server {

struct primary_access {
    std::string address; ///< of this server, as the secondary sees it, without brackets
    std::uint16_t port = 53;
    std::string catalog; ///< without the final dot
    storage::key_record key;
};

/// "knot", "bind", "nsd", "homing".
std::vector<std::string_view> secondary_names();
/// Precondition: one of those names.
std::string stanza_for(std::string_view secondary, primary_access const&);

} // namespace homing::server
