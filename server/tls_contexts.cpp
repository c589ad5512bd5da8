#include "server/tls_contexts.hpp"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include <array>

namespace homing::server {

namespace {

namespace ssl = boost::asio::ssl;

// Forward secret and authenticated (RFC 9325 4.2); those of TLS 1.3 all are.
constexpr char const* ciphers_of_tls_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// Takes http/1.1 where the client offers protocols; a client that offers others only goes without (RFC 7301 3.2 lets it).
int choose_protocol(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* in, unsigned in_size, void*)
{
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, ours.data(), ours.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

dns::result<std::shared_ptr<ssl::context>> make_tls_context(tls_identity const& identity)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    auto* const native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(native, ciphers_of_tls_1_2);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    boost::system::error_code error;
    context->use_certificate_chain(boost::asio::buffer(identity.chain), error);
    if (!error)
        context->use_private_key(boost::asio::buffer(identity.key), ssl::context::pem, error);
    if (error)
        return dns::failure{fmt::format("the certificate cannot be used: {}", error.message())};
    return context;
}

} // namespace homing::server
