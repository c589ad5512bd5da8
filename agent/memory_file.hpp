// What an agent remembers over its end, in a small text file: when the server last confirmed a host's addresses, in seconds since 1970.
//
// Written anew and renamed, so that it is whole whenever it is read. What is damaged counts as nothing: then it is only told once more. One
// thread.
#pragma once

#include "dns/name.hpp"

#include <optional>
#include <string>

namespace homing::agent {

/// For another host than `host` it counts as nothing.
std::optional<std::uint64_t> read_memory(std::string_view text, dns::name_view host);
std::string to_memory(std::uint64_t confirmed, dns::name_view host);

std::optional<std::uint64_t> load_memory(std::string const& path, dns::name_view host);
/// Empty, or why it was not written.
std::string store_memory(std::string const& path, std::uint64_t confirmed, dns::name_view host);

} // namespace homing::agent
