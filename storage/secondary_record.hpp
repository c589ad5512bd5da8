// A secondary as it is stored: another server that follows this one. Plain values.
#pragma once

#include "dns/name.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace homing::storage {

struct secondary_record {
    dns::name name;                     ///< of the secondary and of its key; lower case
    std::vector<std::string> addresses; ///< "192.0.2.1:53", "[2001:db8::1]:53": where it is told of changes, and asked how far it is
    dns::name catalog;                  ///< the catalog zone (RFC 9432) that it gets; lower case
    std::int64_t since_ms = 0;          ///< when it was added, since 1970
};

} // namespace homing::storage
