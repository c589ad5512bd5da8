// The table of the API's routes: each method and path, the command that does it, and how what is given becomes the command's words.
//
// The API has no operation of its own: what `homing KEY GRANT` does and POST .../grants does is one function. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace homing::server {

/// Something that a call may give: a word of the path, of the query, or a member of the body.
struct api_field {
    /// `amount`: a number, or text as "30d".
    enum class kind : std::uint8_t { text, amount, flag, texts };

    std::string_view name;      ///< "name_servers"
    std::string_view parameter; ///< "--ns"
    kind what = kind::text;
    bool is_required = false;
};

struct api_route {
    enum class right : std::uint8_t { read, secret, change };
    /// How a list is paged: by the command, from a name or a change on; or here, where there are never many (`words`). `none`: one object.
    enum class order : std::uint8_t { none, words, by_name, by_change };

    std::string_view method, path; ///< "/zones/{zone}"
    std::string_view command;      ///< "zone remove"
    std::vector<std::string_view> words = {}; ///< options that are always given: "--json"
    right needs = right::read;
    /// The field that says which name it is about, for tokens that concern some names only. "*": a list of names, of which they see theirs;
    /// "change": what the change with this number touched; empty: not for them.
    std::string_view subject = {};
    std::vector<api_field> in_path = {}, in_query = {}, in_body = {};
    order listed = order::none;
    unsigned status = 200;
    /// The command that shows what was changed, with `--json`, and the field that names it; empty: there is nothing to show.
    std::string_view shows = {}, shows_parameter = {}, shows_field = {};
};

std::span<api_route const> api_routes();

/// The parts of "/zones/example.com/records" between slashes, unescaped; nothing if one is empty or badly escaped.
std::vector<std::string> path_parts(std::string_view path);

/// The words that stand for the {} of the route's path; nothing where the path is another's.
bool match_path(std::string_view pattern, std::vector<std::string> const& parts, std::vector<std::string>& words);

} // namespace homing::server
