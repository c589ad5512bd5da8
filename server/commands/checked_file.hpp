// A zone file read and checked: the zone if it may be served, and what there is to say about it.
//
// Functions over values; any thread.
#pragma once

#include "server/commands/console.hpp"
#include "zone/zone_file.hpp"

#include <optional>

namespace homing::server {

struct checked_file {
    std::optional<zone::contents> zone;        ///< none if there is an error
    std::vector<std::string> errors, warnings; ///< each "FILE:LINE: error: ..."
};

/// Takes the file over.
checked_file read_and_check(input_file, dns::name_view origin, zone::progress const& = {});

} // namespace homing::server
