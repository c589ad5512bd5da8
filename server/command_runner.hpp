// Runs a command where it belongs: in this process, or in the server that holds the data directory.
#pragma once

#include "server/command_line.hpp"

namespace homing::server {

/// Returns what the process should end with; everything there is to say has been said. Exceptions mean what they mean in main.
exit_code run_command(invocation const&);

} // namespace homing::server
