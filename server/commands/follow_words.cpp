#include "server/commands/follow_words.hpp"

#include "server/commands/key_text.hpp"
#include "server/commands/key_words.hpp"
#include "server/commands/speech.hpp"
#include "server/follow/primaries.hpp"

#include <algorithm>

namespace homing::server {

namespace {

constexpr std::size_t most_shown = 160; // of an error

std::optional<storage::key_record> read_key_line(console& io, std::string const& text)
{
    auto const first = text.find(':'), last = text.rfind(':');
    auto const algorithm = dns::tsig_algorithm_from_text(std::string_view{text}.substr(0, first));
    if (first == last || !algorithm) {
        reject(io, "--key: ALGORITHM:NAME:SECRET, as hmac-sha256:secondary:c2VjcmV0..., or the name of a key that is here");
        return std::nullopt;
    }
    auto const name = read_name(io, "--key", text.substr(first + 1, last - first - 1));
    auto secret = from_base64(text.substr(last + 1));
    if (name && !secret)
        reject(io, "--key: {}", secret.error().message);
    if (!name || !secret || secret->empty())
        return std::nullopt;
    storage::key_record key;
    key.key_name = name->to_lower();
    key.algorithm = *algorithm;
    key.secret = std::move(*secret);
    key.secret_time = now_seconds();
    return key;
}

} // namespace

std::optional<std::string> read_primary_words(console& io, std::string_view parameter, std::vector<std::string> const& words)
{
    std::vector<socket_address> primaries;
    for (auto const& text : words) {
        auto const one = read_primary(text);
        if (!one) {
            reject(io, "{} {}: {}", parameter, text, one.error().message);
            return std::nullopt;
        }
        primaries.push_back(*one);
    }
    if (primaries.size() <= max_primaries)
        return primaries_text(primaries);
    reject(io, "{}: {} primaries at most", parameter, max_primaries);
    return std::nullopt;
}

std::optional<std::string> read_shared_key(console& io, arguments const& given, open_store& store, exit_code& code)
{
    std::string const& text = given.one("--key");
    code = exit_code::misused;
    if (text.empty())
        return std::string{};
    auto const ring = store.writer.keys();
    if (text.find(':') == text.npos) {
        auto const name = read_name(io, "--key", text);
        if (!name)
            return std::nullopt;
        if (ring->find(*name) != nullptr)
            return storage::name_octets(*name);
        code = fail(io, "there is no key {} here: give it as ALGORITHM:NAME:SECRET", name->to_string());
        return std::nullopt;
    }
    auto key = read_key_line(io, text);
    if (!key)
        return std::nullopt;
    std::string const name = storage::name_octets(key->key_name);
    if (auto const* const there = ring->find(key->key_name)) {
        if (there->key->algorithm() == key->algorithm && there->key->secret() == key->secret)
            return name;
        code = fail(io, "there is a key {} here already, with another secret", key->key_name.to_string());
        return std::nullopt;
    }
    code = exit_code::failed;
    if (!execute(io, store, update::put_key{std::move(*key), true}).ok())
        return std::nullopt;
    return name;
}

std::string to_words(update::follow_book::entry const& e, bool is_available)
{
    auto const& r = *e.record;
    std::string words = fmt::format("{} of {}", r.is_catalog ? "catalog" : "secondary", r.source->primaries);
    if (!is_available)
        words += r.expires_ms == 0 ? ", no contents yet" : ", expired";
    if (e.progress.failures != 0 && !e.progress.error.empty())
        words += ": " + e.progress.error.substr(0, most_shown);
    return words;
}

} // namespace homing::server
