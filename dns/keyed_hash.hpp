// HMAC (RFC 2104) with a tsig_key, for the sources of this folder.
//
// The key's inner and outer hash states are prepared once; a MAC copies them into a context that the thread keeps: half the time of
// OpenSSL's EVP_MAC, which sets up and frees a context per message. One at a time per thread.
#pragma once

#include "dns/tsig.hpp"

#include <openssl/evp.h>

namespace homing::dns {

struct md_deleter {
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};
using md_context = std::unique_ptr<EVP_MD_CTX, md_deleter>;

/// The states after the key's block.
struct tsig_key::prepared {
    md_context inner, outer;
};

class keyed_hash {
public:
    struct digest {
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> octets;
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

} // namespace homing::dns
