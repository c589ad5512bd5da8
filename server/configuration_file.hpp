// homing.toml: the settings of the server, read from a file (TOML 1.0).
//
// Keys are the names of the flags ("listen" for --listen). A key that is not a setting is refused, with the nearest one that is; so is a value
// of the wrong kind. Failures begin with FILE:LINE. Pure but for the reading; any thread.
#pragma once

#include "dns/result.hpp"
#include "server/commands/command.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homing::server {

struct configuration_file {
    struct entry {
        std::vector<std::string> words; ///< of a flag: "true" or "false"
        std::size_t line;
    };
    std::string name;                                 ///< as it was given
    std::map<std::string, entry, std::less<>> values; ///< by key

    /// FILE:LINE: KEY. Precondition: the key is there.
    std::string place(std::string_view key) const;
};

dns::result<configuration_file> parse_configuration(std::string_view text, std::string name, std::span<parameter const> settings);

/// At most 1 MiB; what is not a regular file counts as empty, as /dev/null is.
dns::result<configuration_file> read_configuration(std::string const& name, std::span<parameter const> settings);

} // namespace homing::server
