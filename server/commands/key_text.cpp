#include "server/commands/key_text.hpp"

#include "server/commands/grant_text.hpp"
#include "server/commands/time_text.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace homing::server {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_seconds_text(std::int64_t time)
{
    return to_time(time * 1000);
}

/// What people should know of the key besides its secret.
std::vector<std::string> remarks(storage::key_record const& k, std::int64_t now)
{
    std::vector<std::string> lines;
    if (k.is_disabled)
        lines.emplace_back("disabled: what it signs is refused");
    if (k.expires != 0)
        lines.push_back(fmt::format("{} {}", k.expires <= now ? "expired" : "expires", to_seconds_text(k.expires)));
    if (k.retired && k.retired->until >= now)
        lines.push_back(fmt::format("the secret before this one is good until {}", to_seconds_text(k.retired->until)));
    for (auto const& g : k.grants)
        lines.push_back(fmt::format("grant {}: {}", g.number, to_meaning(g)));
    if (k.last_use.time != 0)
        lines.push_back(to_text(k.last_use));
    return lines;
}

} // namespace

std::string to_base64(std::span<std::uint8_t const> octets)
{
    std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
    int const n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets.data(), static_cast<int>(octets.size()));
    text.resize(static_cast<std::size_t>(n));
    return text;
}

dns::result<std::vector<std::uint8_t>> from_base64(std::string_view text)
{
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bool const is_base64 = text.substr(0, text.size() - padding).find_first_not_of(alphabet) == std::string_view::npos;
    if (text.empty() || text.size() % 4 != 0 || text.size() > 8192 || !is_base64)
        return dns::failure{
            "the secret is not base64: letters, digits, + and /, and = at its end to make its length a multiple of 4"};
    std::vector<std::uint8_t> octets(text.size() / 4 * 3);
    EVP_DecodeBlock(octets.data(), reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    octets.resize(octets.size() - padding);
    return octets;
}

std::vector<std::uint8_t> random_secret(dns::tsig_algorithm algorithm)
{
    std::vector<std::uint8_t> secret(dns::mac_size(algorithm));
    // Requests of up to 256 octets are never cut short (getrandom(2)).
    while (::getrandom(secret.data(), secret.size(), 0) < 0)
        if (errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "getrandom"};
    return secret;
}

std::string to_key_line(storage::key_record const& k)
{
    return fmt::format("{}:{}:{}", dns::to_string(k.algorithm), short_name(k.key_name), to_base64(k.secret));
}

std::string to_key_file(storage::key_record const& k, std::int64_t now)
{
    std::string text = fmt::format("# nsupdate -y {}\n", to_key_line(k));
    for (auto const& line : remarks(k, now))
        text += fmt::format("# {}\n", line);
    return text + fmt::format("key \"{}\" {{\n\talgorithm {};\n\tsecret \"{}\";\n}};\n", short_name(k.key_name),
                              dns::to_string(k.algorithm), to_base64(k.secret));
}

std::string_view to_string(update::key_state s) noexcept
{
    switch (s) {
    case update::key_state::valid: return "valid";
    case update::key_state::disabled: return "disabled";
    case update::key_state::expired: break;
    }
    return "expired";
}

std::string to_text(storage::key_use const& use)
{
    if (use.time == 0)
        return "not used so far";
    return fmt::format("last used {} from {} for {}", to_seconds_text(use.time), use.address, use.what);
}

} // namespace homing::server
