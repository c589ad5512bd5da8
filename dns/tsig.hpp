// Transaction signatures (RFC 8945): verifying requests and signing replies, as functions over bytes.
//
// Keys are pinned to one algorithm. MACs are compared in constant time. Time is a parameter. The functions throw std::bad_alloc or
// std::runtime_error only where the library of hashes itself fails; whatever bytes come from outside only ever lead to a `status`.
#pragma once

#include "dns/message.hpp"

#include <memory>
#include <string>
#include <vector>

namespace homing::dns {

enum class tsig_algorithm : std::uint8_t { hmac_md5, hmac_sha1, hmac_sha224, hmac_sha256, hmac_sha384, hmac_sha512 };

/// "hmac-sha256"; MD5 is "hmac-md5".
std::string_view to_string(tsig_algorithm) noexcept;
/// Any case; also "hmac-md5.sig-alg.reg.int", with or without a final dot.
std::optional<tsig_algorithm> tsig_algorithm_from_text(std::string_view) noexcept;
/// The algorithm's name on the wire.
name_view wire_name(tsig_algorithm) noexcept;
/// Octets of the full MAC.
std::size_t mac_size(tsig_algorithm) noexcept;

/// A key: its name (lower case), algorithm and secret. Holds a prepared HMAC, so that a MAC costs no key set-up. Immutable; any thread.
class tsig_key {
public:
    /// Precondition: secret not empty.
    tsig_key(name_view key_name, tsig_algorithm, std::vector<std::uint8_t> secret);
    ~tsig_key();
    tsig_key(tsig_key const&) = delete;
    tsig_key& operator=(tsig_key const&) = delete;

    name_view key_name() const noexcept { return name_; }
    tsig_algorithm algorithm() const noexcept { return algorithm_; }
    std::vector<std::uint8_t> const& secret() const noexcept { return secret_; }

private:
    friend class keyed_hash;
    name name_;
    tsig_algorithm algorithm_;
    std::vector<std::uint8_t> secret_; // wiped on destruction
    struct prepared;
    std::unique_ptr<prepared> prepared_;
};

/// A TSIG record's fields; `mac` and `other` borrow from the message.
struct tsig_view {
    name key_name, algorithm;
    std::uint64_t time_signed = 0; ///< seconds since 1970, 48 bits
    std::uint16_t fudge = 0, original_id = 0, error = 0;
    std::span<std::uint8_t const> mac, other;
    std::size_t start = 0; ///< offset of the record in the message
};
/// Precondition: `at` is request_view::tsig_at of this message. Nothing if its rdata is malformed (FORMERR), its class is not ANY or its
/// TTL not 0.
std::optional<tsig_view> read_tsig(std::span<std::uint8_t const> message, std::size_t at) noexcept;

/// How a verification ended, and what a reply needs. For rcodes see RFC 8945 5.2: formerr; notauth with the error badkey, badsig,
/// badtime or badtrunc; or noerror.
struct tsig_status {
    dns::rcode rcode = dns::rcode::noerror; ///< for the reply's header
    dns::rcode error = dns::rcode::noerror; ///< for the reply's TSIG
    bool verified() const noexcept { return rcode == dns::rcode::noerror; }
};

/// Verifies the signature of a request. `key` is the one with the view's key name, or null if there is none (BADKEY). `now` in seconds
/// since 1970.
tsig_status verify_tsig(std::span<std::uint8_t const> message, tsig_view const&, tsig_key const* key, std::uint64_t now);

/// The same for the reply to a request that was signed with `request_mac`: for clients and transfers in.
tsig_status verify_tsig_reply(std::span<std::uint8_t const> message, tsig_view const&, tsig_key const* key,
                              std::span<std::uint8_t const> request_mac, std::uint64_t now);

/// What is needed to answer a signed request after its bytes are gone. Plain value.
struct tsig_reply_state {
    name key_name, algorithm;
    std::uint64_t time_signed = 0;
    std::uint16_t fudge = 300, original_id = 0;
    std::uint8_t mac_size = 0; ///< the request's MAC as it came (perhaps truncated)
    std::array<std::uint8_t, 64> mac{};
    tsig_status status;
};
tsig_reply_state make_reply_state(tsig_view const&, tsig_status) noexcept;

/// Octets that sign_reply will add for this state and key.
std::size_t tsig_reply_size(tsig_reply_state const&, tsig_key const*) noexcept;

/// Appends the TSIG to the reply in the writer's buffer [0, position) and raises ARCOUNT: signed if verified or BADTIME (then with the server's time
/// in other data) or BADTRUNC, with an empty MAC for BADKEY and BADSIG (RFC 8945 5.3). The MAC is always a full one.
/// Adds nothing to the FORMERR for a TSIG that makes no sense. Latches the writer if it does not fit. Precondition: `key` is the one that
/// verify_tsig got.
void sign_reply(wire_writer& reply, tsig_reply_state const&, tsig_key const* key, std::uint64_t now);

/// Signs the messages of one TCP stream (AXFR): the first over the request's MAC, each later one over the MAC before and
/// the timers only (RFC 8945 5.3.1). One thread.
class tsig_stream_signer {
public:
    tsig_stream_signer(tsig_reply_state const& request, std::shared_ptr<tsig_key const> key);
    /// As sign_reply.
    void sign(wire_writer& message, std::uint64_t now);

private:
    tsig_reply_state state_;
    std::shared_ptr<tsig_key const> key_;
    bool first_ = true;
};

/// For clients (and tests): appends a TSIG that signs the request in the writer's buffer; returns the MAC.
std::vector<std::uint8_t> sign_request(wire_writer& request, tsig_key const&, std::uint64_t now, std::uint16_t fudge = 300);

} // namespace homing::dns
