#include "dns/keyed_hash.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <stdexcept>

namespace homing::dns {

namespace {

using namespace std::string_view_literals;

struct algorithm_facts {
    std::string_view text, wire;
    char const* digest; // as OpenSSL calls it
    std::size_t mac_size, block_size;
};

constexpr algorithm_facts algorithms[] = {
    {"hmac-md5", "\x08hmac-md5\x07sig-alg\x03reg\x03int\0"sv, "MD5", 16, 64},
    {"hmac-sha1", "\x09hmac-sha1\0"sv, "SHA1", 20, 64},
    {"hmac-sha224", "\x0bhmac-sha224\0"sv, "SHA2-224", 28, 64},
    {"hmac-sha256", "\x0bhmac-sha256\0"sv, "SHA2-256", 32, 64},
    {"hmac-sha384", "\x0bhmac-sha384\0"sv, "SHA2-384", 48, 128},
    {"hmac-sha512", "\x0bhmac-sha512\0"sv, "SHA2-512", 64, 128},
};
constexpr std::size_t max_block_size = 128;

algorithm_facts const& facts_of(tsig_algorithm a) noexcept
{
    return algorithms[static_cast<std::size_t>(a)];
}

void require(bool done, char const* what)
{
    if (!done)
        throw std::runtime_error{std::string{"OpenSSL failed: "} + what + "."};
}

md_context new_context()
{
    md_context c{EVP_MD_CTX_new()};
    if (!c)
        throw std::bad_alloc{};
    return c;
}

EVP_MD_CTX* thread_context()
{
    thread_local md_context const context = new_context();
    return context.get();
}

void add(EVP_MD_CTX* context, std::span<std::uint8_t const> b)
{
    require(EVP_DigestUpdate(context, b.data(), b.size()) == 1, "hashing");
}

void finish(EVP_MD_CTX* context, keyed_hash::digest& out)
{
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context, out.octets.data(), &size) == 1, "finishing a hash");
    out.size = size;
}

struct md_release {
    void operator()(EVP_MD* md) const noexcept { EVP_MD_free(md); }
};
using hash_function = std::unique_ptr<EVP_MD, md_release>;

md_context begin(EVP_MD const* function)
{
    md_context c = new_context();
    require(EVP_DigestInit_ex2(c.get(), function, nullptr) == 1, "starting a hash");
    return c;
}

/// The key as RFC 2104 2 wants it: a whole block; longer keys are hashed.
using key_block = std::array<std::uint8_t, max_block_size>;
key_block make_block(EVP_MD const* function, std::size_t block_size, std::span<std::uint8_t const> secret)
{
    key_block block{};
    if (secret.size() <= block_size) {
        std::copy(secret.begin(), secret.end(), block.begin());
        return block;
    }
    md_context const c = begin(function);
    keyed_hash::digest short_key;
    add(c.get(), secret);
    finish(c.get(), short_key);
    std::copy_n(short_key.octets.begin(), short_key.size, block.begin());
    OPENSSL_cleanse(short_key.octets.data(), short_key.octets.size());
    return block;
}

md_context begin_padded(EVP_MD const* function, key_block block, std::size_t block_size, std::uint8_t pad)
{
    for (auto& octet : block)
        octet ^= pad;
    md_context c = begin(function);
    add(c.get(), std::span{block}.first(block_size));
    OPENSSL_cleanse(block.data(), block.size());
    return c;
}

} // namespace

std::string_view to_string(tsig_algorithm a) noexcept
{
    return facts_of(a).text;
}

std::optional<tsig_algorithm> tsig_algorithm_from_text(std::string_view text) noexcept
{
    auto const asked = name::from_text(text);
    if (!asked)
        return {};
    for (std::size_t i = 0; i < std::size(algorithms); ++i) {
        auto const a = static_cast<tsig_algorithm>(i);
        if (*asked == wire_name(a) || *asked == *name::from_text(algorithms[i].text))
            return a;
    }
    return {};
}

name_view wire_name(tsig_algorithm a) noexcept
{
    std::string_view const wire = facts_of(a).wire;
    return {reinterpret_cast<std::uint8_t const*>(wire.data()), wire.size()};
}

std::size_t mac_size(tsig_algorithm a) noexcept
{
    return facts_of(a).mac_size;
}

tsig_key::tsig_key(name_view key_name, tsig_algorithm algorithm, std::vector<std::uint8_t> secret)
    : name_{name{key_name}.to_lower()}, algorithm_{algorithm}, secret_{std::move(secret)}
{
    algorithm_facts const& facts = facts_of(algorithm);
    hash_function const function{EVP_MD_fetch(nullptr, facts.digest, nullptr)};
    require(function != nullptr, facts.digest);
    key_block block = make_block(function.get(), facts.block_size, secret_);
    prepared_ = std::make_unique<prepared>(prepared{begin_padded(function.get(), block, facts.block_size, 0x36),
                                                    begin_padded(function.get(), block, facts.block_size, 0x5C)});
    OPENSSL_cleanse(block.data(), block.size());
}

tsig_key::~tsig_key()
{
    OPENSSL_cleanse(secret_.data(), secret_.size());
}

keyed_hash::keyed_hash(tsig_key const& key) : key_{*key.prepared_}
{
    require(EVP_MD_CTX_copy_ex(thread_context(), key_.inner.get()) == 1, "copying a hash");
}

void keyed_hash::add(std::span<std::uint8_t const> b)
{
    dns::add(thread_context(), b);
}

keyed_hash::digest keyed_hash::finish()
{
    digest d;
    EVP_MD_CTX* const context = thread_context();
    dns::finish(context, d);
    require(EVP_MD_CTX_copy_ex(context, key_.outer.get()) == 1, "copying a hash");
    dns::add(context, d.bytes());
    dns::finish(context, d);
    return d;
}

} // namespace homing::dns
