// HTTP requests as they come from the network: read in pieces, and then as calls of the API: path, query and body become words of commands.
//
// The first octet says where the pieces end.
#include "server/access_token.hpp"
#include "server/api.hpp"
#include "server/api_words.hpp"
#include "server/http_endpoint.hpp"

#include <cstdint>
#include <cstdlib>

using namespace homing::server;

namespace {

void require(bool what)
{
    if (!what)
        std::abort();
}

void read_call(http_request_reader const& r)
{
    auto const [path, query] = split_target(r.target());
    read_basic(r.header("Authorization"));
    read_bearer(r.header("Authorization"));
    last_client(r.header("X-Forwarded-For"), {});
    if (!path.starts_with(api_prefix))
        return;
    auto const parts = path_parts(path.substr(api_prefix.size()));
    for (auto const& route : api_routes()) {
        std::vector<std::string> words;
        if (!match_path(route.path, parts, words))
            continue;
        require(words.size() == route.in_path.size());
        api_words given;
        if (!read_path(route, words, given) || !read_query(route, query, given) || !read_body(route, r.body(), given))
            continue;
        require(given.limit >= 1 && given.limit <= max_api_page);
        // Whatever was given is for parameters that the command has.
        auto const* const what = find_command(route.command);
        for (auto const& [name, values] : given.words.values())
            require(what->find(name) != nullptr && !values.empty());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string_view const all{reinterpret_cast<char const*>(data) + 1, size - 1};
    auto const cut = std::min<std::size_t>(data[0], all.size());
    std::string in{all.substr(0, cut)};
    http_request_reader reader{{8192, 8192}};
    auto got = reader.take(in);
    if (got == http_request_reader::progress::more) {
        in += all.substr(cut);
        got = reader.take(in);
    }
    if (got == http_request_reader::progress::done)
        read_call(reader);
    if (got == http_request_reader::progress::faulty)
        require(reader.fault().status >= 400);
    return 0;
}
