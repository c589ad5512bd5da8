#include "update/host_password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace homing::update {

namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t password_octets = 20;
constexpr std::string_view purpose{"homing http password\0", 21};

std::string to_base32(std::span<std::uint8_t const> octets) // of a multiple of 5 octets
{
    std::string text;
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (std::uint8_t const o : octets) {
        bits = bits << 8U | o;
        for (have += 8; have >= 5; have -= 5)
            text += alphabet[bits >> (have - 5) & 31U];
    }
    return text;
}

bool is_equal(std::string_view given, std::string const& right)
{
    return given.size() == right.size() && CRYPTO_memcmp(given.data(), right.data(), right.size()) == 0;
}

} // namespace

std::string host_password(std::span<std::uint8_t const> secret, dns::name_view host)
{
    std::string text = dns::name{host}.to_lower().to_string();
    text.pop_back();
    text.insert(0, purpose);
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    auto const* const done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                  reinterpret_cast<unsigned char const*>(text.data()), text.size(), mac.data(), &size);
    if (done == nullptr)
        throw std::runtime_error{"HMAC-SHA256 failed"};
    return to_base32(std::span{mac}.first(password_octets));
}

bool is_host_password(granted_key const* key, std::string_view password, std::uint64_t now)
{
    static std::array<std::uint8_t, 32> const nobodys{};
    bool const counts = key != nullptr && key->state(now) == key_state::valid;
    bool const has_two = counts && key->has_retired(now);
    dns::name const root;
    dns::name_view const host = key != nullptr ? key->key_name() : root.view();
    std::span<std::uint8_t const> const none{nobodys};
    bool const is_current = is_equal(password, host_password(counts ? std::span{key->key->secret()} : none, host));
    bool const is_retired = is_equal(password, host_password(has_two ? std::span{key->retired->secret()} : none, host));
    return (counts && is_current) || (has_two && is_retired);
}

} // namespace homing::update
