// What an agent remembers over its end, in a small text file: when the server last confirmed which addresses.
//
// Written anew and renamed, so that it is whole whenever it is read. What is damaged counts as nothing: then it is only told once more. One
// thread.
#pragma once

#include "agent/session.hpp"

namespace homing::agent {

/// For another host than `host` it counts as nothing.
std::optional<remembered> read_memory(std::string_view text, dns::name_view host);
std::string to_text(remembered const&, dns::name_view host);

std::optional<remembered> load_memory(std::string const& path, dns::name_view host);
/// Empty, or why it was not written.
std::string store_memory(std::string const& path, remembered const&, dns::name_view host);

} // namespace homing::agent
