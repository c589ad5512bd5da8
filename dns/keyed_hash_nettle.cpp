// With Nettle's hashes, for small static programs.
#include "dns/keyed_hash.hpp"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include <cstring>

namespace homing::dns {

namespace {

union hash_state {
    md5_ctx md5;
    sha1_ctx sha1;
    sha256_ctx sha256;
    sha512_ctx sha512;
};

nettle_hash const& hash_of(tsig_algorithm a) noexcept
{
    switch (a) {
    case tsig_algorithm::hmac_md5: return nettle_md5;
    case tsig_algorithm::hmac_sha1: return nettle_sha1;
    case tsig_algorithm::hmac_sha224: return nettle_sha224;
    case tsig_algorithm::hmac_sha256: return nettle_sha256;
    case tsig_algorithm::hmac_sha384: return nettle_sha384;
    case tsig_algorithm::hmac_sha512: break;
    }
    return nettle_sha512;
}

thread_local hash_state thread_state;

} // namespace

/// The states after the key's block.
struct tsig_key::prepared {
    nettle_hash const* hash;
    hash_state inner, outer;
};

tsig_key::tsig_key(name_view key_name, tsig_algorithm algorithm, std::vector<std::uint8_t> secret)
    : name_{name{key_name}.to_lower()}, algorithm_{algorithm}, secret_{std::move(secret)}, prepared_{std::make_unique<prepared>()}
{
    prepared_->hash = &hash_of(algorithm);
    ::hmac_set_key(&prepared_->outer, &prepared_->inner, &thread_state, prepared_->hash, secret_.size(), secret_.data());
    ::explicit_bzero(&thread_state, sizeof thread_state);
}

tsig_key::~tsig_key()
{
    ::explicit_bzero(secret_.data(), secret_.size());
    ::explicit_bzero(prepared_.get(), sizeof(prepared));
}

keyed_hash::keyed_hash(tsig_key const& key) : key_{*key.prepared_}
{
    thread_state = key_.inner;
}

void keyed_hash::add(std::span<std::uint8_t const> b)
{
    key_.hash->update(&thread_state, b.size(), b.data());
}

keyed_hash::digest keyed_hash::finish()
{
    digest d;
    d.size = key_.hash->digest_size;
    ::hmac_digest(&key_.outer, &key_.inner, &thread_state, key_.hash, d.size, d.octets.data());
    return d;
}

bool equal_in_constant_time(std::span<std::uint8_t const> a, std::span<std::uint8_t const> b) noexcept
{
    return ::memeql_sec(a.data(), b.data(), a.size()) != 0;
}

} // namespace homing::dns
