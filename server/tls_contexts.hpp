// What new TLS connections begin with: the certificate that is in force. Any thread.
#pragma once

#include "server/tls_certificate.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>

namespace homing::server {

/// TLS 1.2 and 1.3, HTTP/1.1 by ALPN, no renegotiation and no sessions kept in memory.
dns::result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(tls_identity const&);

class tls_contexts {
public:
    /// Null before the first one was put.
    std::shared_ptr<boost::asio::ssl::context> current() const
    {
        std::lock_guard const lock{mutex_};
        return current_;
    }
    /// For connections that begin from now on.
    void put(std::shared_ptr<boost::asio::ssl::context> next)
    {
        std::lock_guard const lock{mutex_};
        current_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<boost::asio::ssl::context> current_;
};

} // namespace homing::server
