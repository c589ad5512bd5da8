// Runs an agent until it is told to end: the loop around a session.
//
// Waits in one poll(2), without end where nothing is due. One thread; SIGTERM and SIGINT are taken from the process.
#pragma once

#include "agent/options.hpp"
#include "agent/session.hpp"

namespace homing::agent {

/// What the process is to end with. Throws std::system_error where the kernel does not give what is needed.
int run(settings, session::log);

inline constexpr int misused = 2;

/// The same from words: says on standard error what is wrong with them (then it is `misused`), and what happens.
int run(std::variant<given_options, fault> given, std::string_view program);

} // namespace homing::agent
