#include "server/commands/key_text.hpp"

#include "dns/presentation.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace homing::server {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string without_final_dot(dns::name_view n)
{
    std::string text = n.to_string();
    if (text.size() > 1)
        text.pop_back();
    return text;
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

dns::result<storage::grant> read_grant(std::string_view text)
{
    if (text == "*")
        return storage::grant::admin();
    auto const where = dns::name_from_text(text);
    if (!where)
        return where.error();
    return storage::grant::of(storage::preset::zone, *where);
}

std::string to_string(storage::grant const& g)
{
    return g.preset == storage::preset::admin ? "*" : g.where.to_string();
}

std::string to_key_line(storage::key_record const& k)
{
    return fmt::format("{}:{}:{}", dns::to_string(k.algorithm), without_final_dot(k.key_name), to_base64(k.secret));
}

std::string to_key_file(storage::key_record const& k)
{
    std::string text = fmt::format("# nsupdate -y {}\n", to_key_line(k));
    for (auto const& g : k.grants)
        text += fmt::format("# may update {}\n",
                            g.preset == storage::preset::admin ? "everything" : g.where.to_string() + " and all below it");
    return text + fmt::format("key \"{}\" {{\n\talgorithm {};\n\tsecret \"{}\";\n}};\n", without_final_dot(k.key_name),
                              dns::to_string(k.algorithm), to_base64(k.secret));
}

} // namespace homing::server
