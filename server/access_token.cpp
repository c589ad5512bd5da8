#include "server/access_token.hpp"

#include "server/commands/key_text.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace homing::server {

namespace {

constexpr std::string_view prefix = "homing_"; // so that scanners for lost secrets can tell it
constexpr std::size_t max_name = 63;
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

} // namespace

std::string random_token()
{
    std::string text = to_base64(random_secret(dns::tsig_algorithm::hmac_sha256));
    text.erase(text.find('='));
    for (char& c : text) // RFC 4648 5
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return std::string{prefix} + text;
}

storage::token_record::hash_type hash_of_token(std::string_view token)
{
    storage::token_record::hash_type hash{};
    if (EVP_Digest(token.data(), token.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error{"SHA-256 failed"};
    return hash;
}

std::optional<storage::token_record> find_token(storage::access_records const& access, std::string_view token, std::int64_t now)
{
    auto const hash = hash_of_token(token);
    std::optional<storage::token_record> found;
    for (auto const& t : access.tokens)
        if (CRYPTO_memcmp(t.hash.data(), hash.data(), hash.size()) == 0 && (t.expires == 0 || now < t.expires))
            found = t;
    return found;
}

bool is_token_name(std::string_view name) noexcept
{
    auto const is_fine = [](char c) { return letters.find(c) != letters.npos || c == '.' || c == '-' || c == '_'; };
    return !name.empty() && name.size() <= max_name && std::all_of(name.begin(), name.end(), is_fine);
}

std::optional<std::string_view> read_bearer(std::string_view authorization) noexcept
{
    constexpr std::string_view scheme = "bearer ";
    auto const lower = [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); };
    if (authorization.size() <= scheme.size() ||
        !std::equal(scheme.begin(), scheme.end(), authorization.begin(), [&](char a, char b) { return a == lower(b); }))
        return {};
    authorization.remove_prefix(scheme.size());
    while (authorization.starts_with(' '))
        authorization.remove_prefix(1);
    return authorization;
}

} // namespace homing::server
