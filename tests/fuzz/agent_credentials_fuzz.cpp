// Key files, tokens, what an agent remembers, and resolv.conf: any text ends with a value or a sentence, and a token says what it said.
#include "agent/credentials.hpp"
#include "agent/memory_file.hpp"
#include "agent/options.hpp"

#include <cstdlib>

using namespace homing;
using namespace homing::agent;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

bool is_plain(std::string_view text)
{
    return text.find(' ') == text.npos && text != "-";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    auto const read = read_credentials(text);
    if (auto const* const found = std::get_if<credentials>(&read)) {
        require(!found->key.secret.empty());
        auto again = *found;
        again.host = again.host.empty() ? "a.example" : again.host;
        auto const back = read_token(to_token(again));
        auto const* const same = std::get_if<credentials>(&back);
        if (is_plain(again.host) && is_plain(again.server))
            require(same != nullptr && same->key.secret == found->key.secret && same->host == again.host &&
                    same->server == again.server);
    } else {
        require(!std::get<fault>(read).why.empty());
    }
    read_token("hj1-" + std::string{text});
    dns::name const host = *dns::name::from_text("home.example.com");
    if (auto const confirmed = read_memory(text, host))
        require(read_memory(to_memory(*confirmed, host), host) == confirmed);
    require(!read_resolvers(text).empty());
    return 0;
}
