// Certificates for HTTPS: reading those that somebody else made, and making one of our own.
//
// Reads files and makes keys, so it belongs on threads that may wait. Functions without state; any thread.
#pragma once

#include "dns/result.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace homing::server {

/// A certificate with those that lead to who signed it, and its private key.
struct tls_identity {
    std::string chain, key; ///< PEM
};

/// What is said of a certificate.
struct certificate_facts {
    std::set<std::string> names; ///< DNS names and addresses that it is for, in lower case
    std::int64_t expires = 0;    ///< seconds since 1970
    std::string fingerprint;     ///< SHA-256 of it: "AB:CD:..."
    std::string pin;             ///< SHA-256 of its public key as curl's --pinnedpubkey takes it: "sha256//..."
};

/// The failure names the file and what is wrong with it; that the key is another certificate's is one.
dns::result<tls_identity> read_identity(std::string const& certificate_file, std::string const& key_file);
dns::result<certificate_facts> facts_of(tls_identity const&);

/// A new one for these names and addresses, signed by itself; `old_key` (PEM) is kept if it can be used, so that what clients pinned stays
/// right. ECDSA with P-256. `now`: seconds since 1970.
dns::result<tls_identity> make_self_signed(std::set<std::string> const& names, std::string_view old_key, std::int64_t now);

} // namespace homing::server
