// What an agent needs to know to speak for a host: its name, the key, and where to go. In files and tokens, as text.
//
// The key comes in three forms: BIND's `key` statement, as nsupdate reads it with -k; one line ALGORITHM:NAME:SECRET, as after nsupdate's -y;
// and a token, which `homing host add` prints and which holds all of it. Whatever the text is, reading ends with a value or a sentence; a sentence
// never repeats the secret. Pure functions; any thread.
#pragma once

#include "dns/tsig.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace homing::agent {

struct key_words {
    dns::name key_name;
    dns::tsig_algorithm algorithm = dns::tsig_algorithm::hmac_sha256;
    std::vector<std::uint8_t> secret;
};

struct credentials {
    key_words key;
    std::string host;          ///< empty: not said
    std::string server;        ///< a name or an address, with or without a port; empty: not said
    std::uint32_t ttl = 0;     ///< of the host's addresses; 0: not said
    std::uint32_t refresh = 0; ///< seconds after which the server wants to hear again; 0: never
};

/// Why something cannot be used: a sentence.
struct fault {
    std::string why;
};

/// Any of the three forms, perhaps between comments (#, //, and between /* and */).
std::variant<credentials, fault> read_credentials(std::string_view text);
/// "hj1-...". Precondition: the host is said, and neither it nor the server has spaces in it.
std::string to_token(credentials const&);
std::variant<credentials, fault> read_token(std::string_view);

/// Overwrites tokens among a process's own words (main's argv), which everybody on the machine can read.
void hide_tokens(int argc, char** argv) noexcept;

/// The file's text; a fault if somebody else can read it.
std::variant<std::string, fault> read_private_file(std::string const& path);

} // namespace homing::agent
