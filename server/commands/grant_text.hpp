// Grants as text: read as the command line gives them, written as it would take them again, and explained.
//
// WHERE is a name, for it and all below it; "exact:" before it, for the name alone; "*" alone, for everything (the preset admin). A label that is `*`
// stands for any one label; `\*` for the label `*` itself, as a wildcard record's owner has it. Pure functions; any thread.
#pragma once

#include "dns/result.hpp"
#include "server/commands/command.hpp"
#include "storage/key_record.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace homing::server {

/// A grant with WHERE set; for "*" the preset admin. The failure is a sentence.
dns::result<storage::grant> read_where(std::string_view);
/// The same with what --preset, --types, --may, --apex and --exact say of it.
dns::result<storage::grant> read_grant(std::string_view where, arguments const&);

/// "exact:_acme-challenge.*.example.com."
std::string to_where(storage::grant const&);
/// What `homing key grant KEY` takes: "home.example.com. --preset host". Quoted for a shell where it must be.
std::string to_words(storage::grant const&);
/// What it means, as the end of a sentence: "A and AAAA of home.example.com. alone".
std::string to_meaning(storage::grant const&);
nlohmann::ordered_json to_json_object(storage::grant const&);

/// The words that would allow this type, and no more, at the name: "exact:www.example.com. --types A".
std::string least_grant(dns::name_view owner, std::string_view types);

/// As one word of a POSIX shell.
std::string shell_word(std::string_view);
/// Without its final dot, but for the root.
std::string short_name(dns::name_view);

} // namespace homing::server
