// Users of this machine, as the journal names those who give commands. Any thread; may wait for the machine's directory of users.
#pragma once

#include <string>

#include <sys/types.h>

namespace homing::server {

/// "user:root"; "user:1000" for a number without a name.
std::string to_user(uid_t);

} // namespace homing::server
