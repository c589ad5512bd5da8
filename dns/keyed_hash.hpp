// HMAC (RFC 2104) with a tsig_key, for the sources of this folder.
//
// Two libraries can compute it, and a program is linked with one of them: keyed_hash_openssl.cpp, or keyed_hash_nettle.cpp where OpenSSL
// would be too large. The key's inner and outer hash states are prepared once; a MAC copies them into a state that the thread
// keeps. One at a time per thread.
#pragma once

#include "dns/tsig.hpp"

namespace homing::dns {

inline constexpr std::size_t max_digest_size = 64; ///< SHA-512

class keyed_hash {
public:
    struct digest {
        std::array<std::uint8_t, max_digest_size> octets;
        std::size_t size = 0;
        std::span<std::uint8_t const> bytes() const noexcept { return {octets.data(), size}; }
    };

    explicit keyed_hash(tsig_key const&);
    void add(std::span<std::uint8_t const>);
    /// Ends it.
    digest finish();

private:
    tsig_key::prepared const& key_;
};

/// In a time that does not tell where they differ. Precondition: `b` has at least as many octets as `a`.
bool equal_in_constant_time(std::span<std::uint8_t const> a, std::span<std::uint8_t const> b) noexcept;

} // namespace homing::dns
