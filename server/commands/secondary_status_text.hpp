// How far the secondaries are, as `homing status` says it.
//
// Pure functions; any thread.
#pragma once

#include "server/secondary_status.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace homing::server {

/// A list of objects, for programs.
nlohmann::ordered_json to_json(std::vector<secondary_status> const&);
/// Some lines for each, with the zones that are behind.
std::string to_text(std::vector<secondary_status> const&);
/// A line for each with its zones, where one zone alone was asked for.
std::string zone_text(std::vector<secondary_status> const&);

} // namespace homing::server
